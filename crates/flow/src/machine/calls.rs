//! Calls, and the numbers that tell one activation from another.

use std::sync::Arc;

use serde_json::Value;

use super::Machine;
use crate::{
    command::Command,
    error::FlowError,
    model::{CallOutput, Kind, Task, TaskId, Template},
    state::{Activation, FrameId, Phase, Stage, TryPhase, ValueId},
};

impl Machine<'_> {
    pub(super) fn begin_call(
        &mut self,
        id: FrameId,
        task: &Task,
        function: &str,
        input: &Template,
    ) -> Result<(), FlowError> {
        let input = self.fill_from_input(input, id)?;
        self.tell(&input)?;
        let input = self.keep(input)?;
        let task_id = self.frame(id).and_then(|frame| frame.task).unwrap_or(TaskId::MAX);
        let (call, attempt) = self.activation(id, task_id);
        self.make_call(id, task, function, (call, attempt, input));
        Ok(())
    }

    fn make_call(
        &mut self,
        id: FrameId,
        task: &Task,
        function: &str,
        (call, attempt, input): (u64, u32, ValueId),
    ) {
        self.set_phase(id, Phase::Call { call, attempt, input });
        self.commands.push(Command::Call {
            call,
            attempt,
            task: task.pointer.clone(),
            function: function.to_owned(),
            input: (*self.value(input)).clone(),
        });
    }

    /// Makes a call once more that was interrupted by another branch's fault.
    pub(super) fn repeat_call(&mut self, id: FrameId, call: u64, attempt: u32, input: ValueId) {
        let Some(task) = self.task_of(id) else { return };
        let Kind::Call { function, .. } = &task.kind else { return };
        let attempt = attempt.saturating_add(1);
        for outer in self.tries_around(id) {
            let known = self.try_phase(outer).map(|phase| &mut phase.calls);
            if let Some(known) =
                known.and_then(|calls| calls.iter_mut().find(|known| known.call == call))
            {
                known.attempt = attempt;
            }
        }
        self.make_call(id, task, function, (call, attempt, input));
    }

    /// The number of this activation, and the attempt.
    ///
    /// A retried `try` runs its tasks again. A call in it that was made before keeps its number, so
    /// that the other side can tell a repetition from a new request.
    fn activation(&mut self, id: FrameId, task: TaskId) -> (u64, u32) {
        let tries = self.tries_around(id);
        let mut found = None;
        for outer in &tries {
            let calls = self.try_phase(*outer).map(|phase| phase.calls.as_slice());
            found = calls
                .unwrap_or_default()
                .iter()
                .find(|known| known.task == task && !known.is_made)
                .map(|known| (known.call, known.attempt));
            if found.is_some() {
                break;
            }
        }
        let (call, attempt) = match found {
            Some((call, attempt)) => (call, attempt.saturating_add(1)),
            None => (self.number(), 1),
        };
        for outer in tries {
            let Some(phase) = self.try_phase(outer) else { continue };
            match phase.calls.iter_mut().find(|known| known.call == call) {
                Some(known) => {
                    known.attempt = attempt;
                    known.is_made = true;
                }
                None => phase.calls.push(Activation { task, call, attempt, is_made: true }),
            }
        }
        (call, attempt)
    }

    /// The frames of the tries in whose body a frame is, from the inside out.
    pub(super) fn tries_around(&self, id: FrameId) -> Vec<FrameId> {
        let is_trying = |id: &FrameId| {
            matches!(
                self.frame(*id).map(|frame| &frame.phase),
                Some(Phase::Try(TryPhase { stage: Stage::Body, .. }))
            )
        };
        self.ancestors(id).filter(is_trying).collect()
    }

    pub(super) fn call_succeeded(&mut self, call: u64, output: Value) {
        let Some(frame) = self.calling(call) else { return };
        if let Some(Kind::Call { output: CallOutput::Input, .. }) =
            self.task_of(frame).map(|task| &task.kind)
        {
            let input = self.frame(frame).map_or(0, |frame| frame.input);
            return self.complete_later(frame, input, None);
        }
        match self.keep(Arc::new(output)) {
            Ok(output) => self.complete_later(frame, output, None),
            Err(error) => self.call_failed(call, error),
        }
    }

    pub(super) fn call_failed(&mut self, call: u64, error: FlowError) {
        let Some(frame) = self.calling(call) else { return };
        self.set_phase(frame, Phase::Failed { call: Some(call), produced: None });
        self.fail_later(frame, error);
    }

    fn calling(&self, call: u64) -> Option<FrameId> {
        self.find(|phase| matches!(phase, Phase::Call { call: made, .. } if *made == call))
    }
}
