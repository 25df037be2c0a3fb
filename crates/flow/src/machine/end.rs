//! Ending tasks, branches and the run; cancelling what is under way.

use std::sync::Arc;

use serde_json::Value;

use super::Machine;
use crate::{
    command::{Command, Outcome},
    error::FlowError,
    model::{Kind, Shape, Then},
    state::{ForPhase, FrameId, Phase, ROOT, Stage, Status, TryPhase, ValueId},
};

impl Machine<'_> {
    /// A task's body is done: its output is shaped and exported, and the run goes on.
    pub(super) fn complete(&mut self, id: FrameId, raw: ValueId, then: Option<Then>) {
        let (Some(task), Some(frame)) = (self.task_of(id), self.frame(id)) else { return };
        let (parent, branch) = (frame.parent, frame.branch);
        match self.after(id, task, raw, then) {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => return self.fail_later(id, error),
        }
        // Nothing can end this frame from here on but its own output.
        self.set_phase(id, Phase::Block);
        let shaped = self.shape_output(&task.output, id, (raw, raw), "output").and_then(|output| {
            self.export(&task.export, id, output, raw)?;
            Ok(output)
        });
        match shaped {
            Ok(output) => {
                self.clear_timeout(id);
                self.see_gave(id, output);
                self.ended(id, Outcome::Completed);
                self.state.frames.remove(&id);
                self.advance(parent, branch, task, output, then.unwrap_or(task.then));
            }
            Err(error) => {
                self.set_phase(id, Phase::Failed { call: None, produced: Some((raw, then)) });
                self.fail_later(id, error);
            }
        }
    }

    /// Replaces the context, if the shape says so.
    pub(super) fn export(
        &mut self,
        shape: &Shape,
        id: FrameId,
        output: ValueId,
        raw: ValueId,
    ) -> Result<(), FlowError> {
        let what = "exported context";
        if shape.transform.is_some() {
            let context = self.shape_output(shape, id, (output, raw), what)?;
            self.state.context = Some(context);
        } else if let Some(schema) = &shape.schema {
            // Without a transformation the context stays as it is, and must fit all the same.
            let context = match self.state.context {
                Some(context) => context,
                None => self.keep(Arc::new(Value::Null))?,
            };
            self.validate(schema, context, what)?;
        }
        Ok(())
    }

    /// The last task of a list is done.
    pub(super) fn block_done(&mut self, id: FrameId, output: ValueId) {
        if id == ROOT {
            return self.finish(output);
        }
        match self.task_of(id).map(|task| &task.kind) {
            Some(Kind::For(_)) => return self.iterated(id, output),
            Some(Kind::Listen(_)) => return self.item_done(id, output),
            _ => {}
        }
        let handler_then = match (self.task_of(id).map(|task| &task.kind), self.frame(id)) {
            (Some(Kind::Try(settings)), Some(frame)) => match &frame.phase {
                Phase::Try(TryPhase { stage: Stage::Catch { .. }, .. }) => settings.then,
                _ => None,
            },
            _ => None,
        };
        self.clear_deadline(id);
        self.complete_later(id, output, handler_then);
    }

    pub(super) fn clear_deadline(&mut self, id: FrameId) {
        if let Some((timer, _)) = self.try_phase(id).and_then(|phase| phase.deadline.take()) {
            self.commands.push(Command::CancelTimer { timer });
        }
    }

    pub(super) fn branch_done(&mut self, fork: FrameId, branch: usize, output: ValueId) {
        let compete = match self.task_of(fork).map(|task| &task.kind) {
            Some(Kind::Fork { compete, .. }) => *compete,
            _ => false,
        };
        if compete {
            self.cancel_below(fork);
            return self.complete_later(fork, output, None);
        }
        let Some(Phase::Fork { outputs }) =
            self.state.frames.get_mut(&fork).map(|frame| &mut frame.phase)
        else {
            return;
        };
        if let Some(slot) = outputs.get_mut(branch) {
            *slot = Some(output);
        }
        let Some(outputs) = outputs.iter().copied().collect::<Option<Vec<ValueId>>>() else {
            return;
        };
        match self.list(&outputs).and_then(|joined| self.keep(Arc::new(joined))) {
            Ok(output) => self.complete_later(fork, output, None),
            Err(error) => self.fail_later(fork, error),
        }
    }

    /// Takes a branch out of a race. False if this is no race, or no other branch is left in it.
    pub(super) fn leave_race(&mut self, fork: FrameId, branch: usize, with: ValueId) -> bool {
        let Some(Kind::Fork { compete: true, .. }) = self.task_of(fork).map(|task| &task.kind)
        else {
            return false;
        };
        let Some(Phase::Fork { outputs }) =
            self.state.frames.get_mut(&fork).map(|frame| &mut frame.phase)
        else {
            return false;
        };
        if let Some(slot) = outputs.get_mut(branch) {
            *slot = Some(with);
        }
        outputs.iter().any(Option::is_none)
    }

    /// `then: end`: the tasks around it end with it, and everything else is cancelled.
    pub(super) fn end_run(&mut self, parent: FrameId, output: ValueId) {
        let mut around = vec![parent];
        around.extend(self.ancestors(parent));
        for id in around.into_iter().filter(|id| *id != ROOT) {
            // What runs beside it inside this frame is cancelled before the frame is gone.
            self.cancel_below(id);
            self.clear_deadline(id);
            self.clear_timeout(id);
            self.ended(id, Outcome::Completed);
            self.state.frames.remove(&id);
        }
        self.cancel_below(ROOT);
        self.finish(output);
    }

    /// The run's own output is shaped, and the run is over.
    pub(super) fn finish(&mut self, raw: ValueId) {
        match self.shape_output(&self.definition.output, ROOT, (raw, raw), "output") {
            Ok(output) => self.finish_as(output),
            Err(error) => {
                self.set_phase(ROOT, Phase::Failed { call: None, produced: Some((raw, None)) });
                self.fail_later(ROOT, error.at("/output"));
            }
        }
    }

    pub(super) fn finish_as(&mut self, output: ValueId) {
        self.commands.push(Command::Completed { output: (*self.value(output)).clone() });
        self.state.output = Some(output);
        self.close(Status::Completed);
    }

    pub(super) fn cancel(&mut self, reason: String) {
        self.cancel_below(ROOT);
        self.state.error = None;
        self.close(Status::Cancelled);
        self.commands.push(Command::Cancelled { reason });
    }

    /// Forgets what an ended run needs no more.
    fn close(&mut self, status: Status) {
        self.clear_timeout(ROOT);
        self.work.clear();
        self.state.frames.clear();
        self.state.inbox.clear();
        self.state.context = None;
        self.state.status = status;
    }

    /// Cancels everything inside a frame, the innermost first.
    pub(super) fn cancel_below(&mut self, id: FrameId) {
        // A frame's number is larger than that of the frames around it, so one look at each finds them all.
        let mut inside: Vec<FrameId> = Vec::new();
        for (number, frame) in
            self.state.frames.range(id..).skip_while(|(number, _)| **number == id)
        {
            if frame.parent == id || inside.binary_search(&frame.parent).is_ok() {
                inside.push(*number);
            }
        }
        for frame in inside.into_iter().rev() {
            self.interrupt(frame);
            let is_open = !matches!(
                self.frame(frame).map(|frame| &frame.phase),
                Some(Phase::Unentered | Phase::Failed { .. } | Phase::Stopped { .. })
            );
            if is_open && !self.failing.contains(&frame) {
                self.ended(frame, Outcome::Cancelled);
            }
            self.state.frames.remove(&frame);
        }
    }

    /// Takes back what a frame has asked of the outside.
    pub(super) fn interrupt(&mut self, id: FrameId) {
        self.clear_deadline(id);
        self.clear_timeout(id);
        let command = match self.frame(id).map(|frame| &frame.phase) {
            Some(Phase::Call { call, .. }) => Command::CancelCall { call: *call },
            Some(
                Phase::Wait { timer, .. }
                | Phase::For(ForPhase { pause: Some((timer, ..)), .. })
                | Phase::Try(TryPhase { stage: Stage::Backoff { timer, .. }, .. }),
            ) => Command::CancelTimer { timer: *timer },
            Some(Phase::Listen { listen, heard }) if !heard.is_enough => {
                Command::Unlisten { listen: *listen }
            }
            _ => return,
        };
        self.commands.push(command);
    }
}
