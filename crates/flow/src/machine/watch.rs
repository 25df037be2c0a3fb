//! What somebody sees who watches a run being tried out: what goes into its tasks and what comes out.

use std::sync::Arc;

use kernel::Timestamp;
use serde_json::Value;

use super::Machine;
use crate::{
    command::{Input, Outcome, Step},
    error::FlowError,
    program::Program,
    state::{FrameId, State, ValueId},
};

/// One thing that is seen of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    /// The same for all that is seen of a task from its start to its end, and never the same for two.
    pub activation: u64,
    /// Its place, as a JSON pointer.
    pub task: String,
    pub seen: Seen,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Started,
    /// What it works on.
    Given(Arc<Value>),
    /// What the run goes on with behind it.
    Gave(Arc<Value>),
    Ended(Outcome, Option<FlowError>),
}

/// The same as [`super::step`], with what is seen of the tasks meanwhile, in order.
pub(crate) fn step_watched(
    program: &Program,
    state: State,
    input: Input,
    now: Timestamp,
) -> (Step, Vec<Glimpse>) {
    let mut machine = Machine::new(program, state, now);
    machine.glimpses = Some(Vec::new());
    let (step, glimpses) = machine.step(input);
    (step, glimpses.unwrap_or_default())
}

impl Machine<'_> {
    pub(super) fn see(&mut self, id: FrameId, seen: impl FnOnce(&Self) -> Seen) {
        if self.glimpses.is_none() {
            return;
        }
        let Some(task) = self.task_of(id).map(|task| task.pointer.clone()) else { return };
        let glimpse = Glimpse { activation: id, task, seen: seen(self) };
        self.glimpses.get_or_insert_default().push(glimpse);
    }

    pub(super) fn see_given(&mut self, id: FrameId, input: ValueId) {
        self.see(id, |machine| Seen::Given(machine.value(input)));
    }

    pub(super) fn see_gave(&mut self, id: FrameId, output: ValueId) {
        self.see(id, |machine| Seen::Gave(machine.value(output)));
    }

    pub(super) fn see_ended(&mut self, id: FrameId, outcome: Outcome, error: Option<&FlowError>) {
        self.see(id, |_| Seen::Ended(outcome, error.cloned()));
    }
}
