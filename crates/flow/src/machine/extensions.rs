//! Extensions: what is done before and after tasks of a kind.
//!
//! They see the task's transformed input (after it: what it gave), `$task` is the task that they extend,
//! with the members of its definition, and what they give is dropped. A `then: exit` before the task takes its place: what was given so far is the task's own output.

use super::{Machine, data::Sight};
use crate::{
    error::FlowError,
    model::{Extension, Task, Then},
    state::{Extended, FrameId, Phase, ValueId},
};

impl<'p> Machine<'p> {
    /// Does what comes before a task, or begins it.
    pub(super) fn begin_extended(&mut self, id: FrameId, task: &'p Task) -> Result<(), FlowError> {
        self.before(id, task, 0)
    }

    fn before(&mut self, id: FrameId, task: &'p Task, from: usize) -> Result<(), FlowError> {
        let input = self.frame(id).map_or(0, |frame| frame.input);
        for extension in from..self.definition.extensions.len() {
            let Some(block) = self.applying(id, task, extension)?.and_then(|it| it.before) else {
                continue;
            };
            self.set_phase(id, Phase::Extended(Extended { extension, produced: None }));
            self.enter_block(id, block, input);
            return Ok(());
        }
        self.set_phase(id, Phase::Block);
        self.begin(id, task, input)
    }

    /// Does what comes after a task. Whether there is anything left to do.
    pub(super) fn after(
        &mut self,
        id: FrameId,
        task: &'p Task,
        output: ValueId,
        then: Option<Then>,
    ) -> Result<bool, FlowError> {
        let until = match self.frame(id).map(|frame| &frame.phase) {
            Some(Phase::Extended(Extended { extension, .. })) => *extension,
            // It was done, and only finishing the task failed.
            Some(Phase::Failed { .. }) => 0,
            _ => self.definition.extensions.len(),
        };
        for extension in (0..until).rev() {
            let Some(block) = self.applying(id, task, extension)?.and_then(|it| it.after) else {
                continue;
            };
            let produced = Some((output, then));
            self.set_phase(id, Phase::Extended(Extended { extension, produced }));
            self.enter_block(id, block, output);
            return Ok(true);
        }
        Ok(false)
    }

    /// A list of an extension is done.
    pub(super) fn extension_done(&mut self, id: FrameId, output: ValueId, then: Then) {
        let Some(task) = self.task_of(id) else { return };
        let Some(Phase::Extended(phase)) = self.frame(id).map(|frame| frame.phase.clone()) else {
            return;
        };
        match phase.produced {
            Some((output, then)) => self.complete_later(id, output, then),
            None if then == Then::Exit => {
                self.set_phase(id, Phase::Block);
                self.complete_later(id, output, None);
            }
            None => {
                if let Err(error) = self.before(id, task, phase.extension + 1) {
                    self.fail_later(id, error);
                }
            }
        }
    }

    /// The frame of the task that is extended, if this frame is of an extension.
    pub(super) fn extended_around(&self, id: FrameId) -> Option<FrameId> {
        if !self.task_of(id)?.is_of_extension {
            return None;
        }
        let is_extended = |id: &FrameId| {
            self.frame(*id).is_some_and(|frame| matches!(frame.phase, Phase::Extended(_)))
        };
        self.ancestors(id).find(is_extended)
    }

    fn applying(
        &mut self,
        id: FrameId,
        task: &Task,
        extension: usize,
    ) -> Result<Option<&'p Extension>, FlowError> {
        let Some(found) = self.definition.extensions.get(extension) else { return Ok(None) };
        if task.is_of_extension || !found.extends(&task.kind) {
            return Ok(None);
        }
        if let Some(when) = &found.when {
            let input = self.frame(id).map_or(0, |frame| frame.input);
            let dot = self.readable(input);
            if !self.holds(when, id, dot, Sight { names_parts: true, ..Sight::default() })? {
                return Ok(None);
            }
        }
        Ok(Some(found))
    }
}
