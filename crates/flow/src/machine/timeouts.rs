//! Timeouts: how long a task, or the whole run, may take.

use super::Machine;
use crate::{
    command::Command,
    duration,
    error::{FlowError, Standard},
    state::{FrameId, Phase, ROOT},
};

impl Machine<'_> {
    /// Sets the timer of a frame whose task has a timeout, or that of the run.
    pub(super) fn set_timeout(&mut self, id: FrameId) -> Result<(), FlowError> {
        let timeout = match self.task_of(id) {
            Some(task) => task.timeout.as_ref(),
            None if id == ROOT => self.definition.timeout.as_ref(),
            None => None,
        };
        let Some(timeout) = timeout else { return Ok(()) };
        let length = self.fill_from_input(timeout, id)?;
        let millis = duration::from_json(&length)
            .map_err(|reason| Standard::Expression.error(format!("no timeout: {reason}")))?;
        let (timer, at) = (self.number(), duration::after(self.now, millis));
        if let Some(frame) = self.state.frames.get_mut(&id) {
            frame.timeout = Some((timer, at));
            self.commands.push(Command::Timer { timer, at });
        }
        Ok(())
    }

    pub(super) fn clear_timeout(&mut self, id: FrameId) {
        let timeout = self.state.frames.get_mut(&id).and_then(|frame| frame.timeout.take());
        if let Some((timer, _)) = timeout {
            self.commands.push(Command::CancelTimer { timer });
        }
    }

    pub(super) fn timed_out(&mut self, id: FrameId) {
        if let Some(frame) = self.state.frames.get_mut(&id) {
            frame.timeout = None;
        }
        let task = self.task_of(id);
        let what = if task.is_some() { "task" } else { "run" };
        let detail = format!("the {what} took longer than its timeout");
        let mut error = Standard::Timeout.error(detail);
        error.instance = Some(task.map_or("/timeout", |task| &task.pointer).to_owned());
        self.overrun(id, error);
    }

    /// Hands outward that a frame took too long. What was under way inside is kept: if nobody catches the
    /// error, a retry of the run goes on there.
    pub(super) fn overrun(&mut self, id: FrameId, error: FlowError) {
        self.told(id, &error);
        if let Some(error) = self.hand_up(id, error) {
            self.fault(error);
        }
        self.failing.clear();
    }

    /// A person's decision to retry gives everything that goes on a fresh start.
    pub(super) fn renew_timeouts(&mut self) {
        let goes_on = |phase: &Phase| !matches!(phase, Phase::Failed { .. } | Phase::Unentered);
        let frames = self.state.frames.iter();
        let ids: Vec<FrameId> =
            frames.filter(|(_, frame)| goes_on(&frame.phase)).map(|(id, _)| *id).collect();
        for id in ids {
            // It could be computed when the frame began, from the same input.
            if let Err(error) = self.set_timeout(id) {
                self.fail_later(id, error);
            }
        }
    }
}
