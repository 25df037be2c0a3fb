//! How much a run may hold, and one step compute and tell: definitions can make much of little.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use super::{Machine, Work};
use crate::{
    error::{FlowError, Standard},
    expression::{self, VALUE_BYTES_MAX, VALUE_DEPTH_MAX, meter},
    state::ValueId,
};

/// How much all values of a run may take together, and what one step tells of them.
pub(crate) const RUN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How much a step may compute, in the units of expressions: so much of [`meter::FUEL`], which one may use.
const EFFORT_MAX: u64 = 30 * meter::FUEL;
/// How much a step computes before a loop rests, so that others have their turn.
const EFFORT_BEFORE_REST: u64 = 5 * meter::FUEL;
/// How much a step keeps before it looks for what nothing refers to any more.
const GARBAGE_BYTES_MAX: usize = RUN_BYTES_MAX / 4;

/// What a step has used up so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What all values take; none before the first is kept.
    held: Option<usize>,
    /// What was kept since garbage was looked for.
    fresh: usize,
    told: usize,
    effort: u64,
}

impl Machine<'_> {
    /// Puts a value into the arena, unless it nests too deeply to be stored and read again, or is too large.
    pub(super) fn keep(&mut self, value: Arc<Value>) -> Result<ValueId, FlowError> {
        if VALUE_DEPTH_MAX < expression::depth(&value) {
            let detail = format!("a value is nested more than {VALUE_DEPTH_MAX} levels deep");
            return Err(Standard::Runtime.error(detail));
        }
        let bytes = expression::size(&value);
        if VALUE_BYTES_MAX < bytes {
            return Err(too_large());
        }
        let held = self.room.held.unwrap_or_else(|| self.held()) + bytes;
        if RUN_BYTES_MAX < held {
            let detail = format!("the run holds more than {RUN_BYTES_MAX} bytes");
            return Err(Standard::Runtime.error(detail));
        }
        self.room.held = Some(held);
        self.room.fresh += bytes;
        self.strain(expression::units(bytes));
        let id = self.number();
        self.state.values.insert(id, value);
        Ok(id)
    }

    fn held(&self) -> usize {
        self.state.values.values().map(|value| expression::size(value)).sum()
    }

    pub(super) fn strain(&mut self, units: u64) {
        self.room.effort += units;
    }

    pub(super) fn needs_rest(&self) -> bool {
        EFFORT_BEFORE_REST < self.room.effort
    }

    /// Whether the step may compute more.
    pub(super) fn has_strength(&self) -> Result<(), FlowError> {
        if EFFORT_MAX < self.room.effort {
            let detail = "too much was computed without waiting for anything; add a `wait`";
            return Err(Standard::Runtime.error(detail));
        }
        Ok(())
    }

    /// Room for what a command repeats of a value.
    pub(super) fn tell(&mut self, value: &Value) -> Result<(), FlowError> {
        self.room.told += expression::size(value);
        if RUN_BYTES_MAX < self.room.told {
            let detail = format!(
                "more than {RUN_BYTES_MAX} bytes were called with or emitted without waiting for anything; add a `wait`"
            );
            return Err(Standard::Runtime.error(detail));
        }
        Ok(())
    }

    /// The values as one list, unless that is too large.
    pub(super) fn list(&self, ids: &[ValueId]) -> Result<Value, FlowError> {
        let mut left = VALUE_BYTES_MAX;
        for id in ids {
            let bytes = expression::size(&self.value(*id));
            left = left.checked_sub(bytes).ok_or_else(too_large)?;
        }
        Ok(ids.iter().map(|id| (*self.value(*id)).clone()).collect())
    }

    /// Forgets, between two things to do, what a long step no longer needs.
    pub(super) fn make_room(&mut self) {
        if self.room.fresh <= GARBAGE_BYTES_MAX {
            return;
        }
        let waiting: BTreeSet<ValueId> = self
            .work
            .iter()
            .filter_map(|work| match work {
                Work::Enter { raw: value, .. } | Work::Complete { output: value, .. } => {
                    Some(*value)
                }
                Work::Skip { output, .. } => *output,
                Work::Fail { .. } | Work::Resume { .. } => None,
            })
            .collect();
        self.state.collect_garbage(waiting);
        self.converted.retain(|id, _| self.state.values.contains_key(id));
        self.room.fresh = 0;
        self.room.held = Some(self.held());
    }
}

pub(super) fn too_large() -> FlowError {
    Standard::Runtime.error(format!("a value takes more than {VALUE_BYTES_MAX} bytes"))
}
