//! Failing: who catches an error, and what happens when nobody does.

use std::sync::Arc;

use super::{Machine, Work};
use crate::{
    command::{Command, Outcome},
    error::FlowError,
    model::Kind,
    state::{Frame, FrameId, Phase, Stage, Status, TryPhase},
};

impl Machine<'_> {
    /// Hands an error from the frame it arose in to the frames around it.
    pub(super) fn fail(&mut self, id: FrameId, mut error: FlowError) {
        if self.frame(id).is_none() {
            return;
        }
        if error.instance.is_none() {
            error.instance = self.task_of(id).map(|task| task.pointer.clone());
        }
        if let Some(frame) = self.state.frames.get_mut(&id)
            && !matches!(frame.phase, Phase::Failed { .. })
        {
            frame.phase = Phase::Failed { call: None, produced: None };
        }
        self.told(id, &error);
        if let Some(error) = self.hand_up(id, error) {
            self.fault(error);
        }
        self.failing.clear();
    }

    /// Tells a frame's end once, even if it is cancelled afterwards.
    pub(super) fn told(&mut self, id: FrameId, error: &FlowError) {
        self.see_ended(id, Outcome::Faulted, Some(error));
        if let Some(task) = self.task_of(id) {
            let (task, error) = (task.pointer.clone(), Some(error.clone()));
            self.commands.push(Command::TaskEnded { task, outcome: Outcome::Faulted, error });
        }
        self.failing.insert(id);
    }

    /// Gives the error back if nothing around the frame catches it.
    pub(super) fn hand_up(&mut self, id: FrameId, mut error: FlowError) -> Option<FlowError> {
        let mut inner = id;
        while let Some(around) = self.parent(inner) {
            if self.drop_out(around, inner) {
                return None;
            }
            inner = around;
            if self.is_trying(around) {
                match self.try_to_catch(around, &error) {
                    Ok(true) => return None,
                    Ok(false) => {}
                    // The catch itself is wrong: its error takes the place of the one it was for.
                    Err(mut own) => {
                        own.instance = self.task_of(around).map(|task| task.pointer.clone());
                        error = own;
                    }
                }
            }
            self.told(around, &error);
        }
        Some(error)
    }

    /// A branch of a race that fails leaves it to the others, if any is left.
    fn drop_out(&mut self, fork: FrameId, branch: FrameId) -> bool {
        let Some((place, input)) = self.frame(branch).map(|frame| (frame.branch, frame.raw)) else {
            return false;
        };
        if !self.leave_race(fork, place, input) {
            return false;
        }
        self.cancel_below(branch);
        self.interrupt(branch);
        self.state.frames.remove(&branch);
        true
    }

    fn is_trying(&self, id: FrameId) -> bool {
        matches!(
            self.frame(id).map(|frame| &frame.phase),
            Some(Phase::Try(TryPhase { stage: Stage::Body, .. }))
        )
    }

    /// Whether the try has dealt with the error.
    pub(super) fn try_to_catch(
        &mut self,
        id: FrameId,
        error: &FlowError,
    ) -> Result<bool, FlowError> {
        let Some(task) = self.task_of(id) else { return Ok(false) };
        let Kind::Try(settings) = &task.kind else { return Ok(false) };
        let value = self.keep(Arc::new(error.to_json()))?;
        if !self.is_for(id, settings, error, value)? {
            return Ok(false);
        }
        self.deal_with(id, task, settings, error, value)
    }

    /// The run stops here. What was under way is interrupted and kept, so that it can be retried.
    pub(super) fn fault(&mut self, error: FlowError) {
        self.stop_others();
        for work in std::mem::take(&mut self.work).into_iter().rev() {
            if let Work::Enter { parent, branch, task, raw } = work
                && self.state.frames.contains_key(&parent)
            {
                let id = self.number();
                let started_at = self.now;
                let phase = Phase::Unentered;
                let (task, input, timeout) = (Some(task), raw, None);
                let frame = Frame { task, parent, branch, raw, input, started_at, timeout, phase };
                self.state.frames.insert(id, frame);
            }
        }
        self.state.status = Status::Faulted;
        self.state.error = Some(error.clone());
        self.commands.push(Command::Faulted { error });
    }

    fn stop_others(&mut self) {
        let ids: Vec<FrameId> = self.state.frames.keys().copied().collect();
        for id in ids.into_iter().rev() {
            self.interrupt(id);
            let waits = match self.frame(id).map(|frame| &frame.phase) {
                Some(Phase::Call { .. } | Phase::Wait { .. } | Phase::Listen { .. }) => true,
                Some(Phase::For(phase)) => phase.pause.is_some(),
                Some(Phase::Try(phase)) => matches!(phase.stage, Stage::Backoff { .. }),
                _ => false,
            };
            if waits && let Some(frame) = self.state.frames.get_mut(&id) {
                let was = Box::new(frame.phase.clone());
                frame.phase = Phase::Stopped { was };
                // One that took too long was told to have failed.
                if !self.failing.contains(&id) {
                    self.ended(id, Outcome::Cancelled);
                }
            }
        }
    }
}
