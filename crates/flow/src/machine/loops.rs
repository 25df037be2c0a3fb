//! For: one item after the other.

use std::sync::Arc;

use serde_json::Value;

use super::{Machine, TASKS_PER_STEP_MAX};
use crate::{
    command::Command,
    error::{FlowError, Standard},
    model::{For, Kind},
    state::{ForPhase, FrameId, Phase, ValueId},
};

/// How many tasks a step enters before a loop rests, so that a long one is stored on its way.
const TASKS_BEFORE_REST: usize = TASKS_PER_STEP_MAX / 2;

impl Machine<'_> {
    pub(super) fn begin_for(&mut self, id: FrameId, settings: &For) -> Result<(), FlowError> {
        let items = self.fill_from_input(&settings.items, id)?;
        if !items.is_array() {
            let found = match &*items {
                Value::Null => "nothing".to_owned(),
                other => kind_of(other).to_owned(),
            };
            let detail = format!("`for.in` must give a list, and it gave {found}");
            return Err(Standard::Expression.error(detail));
        }
        let items = self.keep(items)?;
        self.set_phase(id, Phase::For(ForPhase { items, index: 0, pause: None }));
        let input = self.frame(id).map_or(0, |frame| frame.input);
        self.iterate(id, input);
        Ok(())
    }

    /// Begins the iteration whose turn it is, or ends the loop.
    pub(super) fn iterate(&mut self, id: FrameId, data: ValueId) {
        let Some(Kind::For(settings)) = self.task_of(id).map(|task| &task.kind) else { return };
        let Some((items, index)) = self.loop_phase(id).map(|phase| {
            phase.pause = None;
            (phase.items, phase.index)
        }) else {
            return;
        };
        let is_over = self.value(items).as_array().is_none_or(|items| items.len() <= index);
        let goes_on = match &settings.condition {
            _ if is_over => Ok(false),
            Some(condition) => {
                let dot = self.readable(data);
                self.holds(condition, id, dot, super::data::Sight::default())
            }
            None => Ok(true),
        };
        match goes_on {
            Ok(true) => self.enter_block(id, settings.body, data),
            Ok(false) => self.complete_later(id, data, None),
            Err(error) => self.fail_later(id, error),
        }
    }

    /// An iteration is done: what it gave is what the next begins with.
    pub(super) fn iterated(&mut self, id: FrameId, output: ValueId) {
        let rests = TASKS_BEFORE_REST < self.entered || self.needs_rest();
        let (timer, at) = (self.number(), self.now);
        let Some(phase) = self.loop_phase(id) else { return };
        phase.index += 1;
        if rests {
            phase.pause = Some((timer, at, output));
            self.commands.push(Command::Timer { timer, at });
        } else {
            self.iterate(id, output);
        }
    }

    /// Goes on with a loop that rested when another branch faulted the run.
    pub(super) fn resume_loop(&mut self, id: FrameId, phase: ForPhase) {
        let Some((_, _, data)) = phase.pause else { return };
        self.set_phase(id, Phase::For(phase));
        self.iterate(id, data);
    }

    /// The item and its place, as the loop's variables show them.
    pub(super) fn loop_variable(&self, id: FrameId, name: &str) -> Option<Arc<Value>> {
        let Phase::For(phase) = &self.frame(id)?.phase else { return None };
        let Kind::For(settings) = &self.task_of(id)?.kind else { return None };
        if settings.item == name {
            let items = self.value(phase.items);
            return Some(Arc::new(items.get(phase.index)?.clone()));
        }
        (settings.index == name).then(|| Arc::new(Value::from(phase.index)))
    }

    fn loop_phase(&mut self, id: FrameId) -> Option<&mut ForPhase> {
        match &mut self.state.frames.get_mut(&id)?.phase {
            Phase::For(phase) => Some(phase),
            _ => None,
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
