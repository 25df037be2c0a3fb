//! Taking up a faulted run where it failed.

use super::{Machine, Work};
use crate::{
    model::Kind,
    state::{FrameId, Phase, ROOT, Stage, Status, TryPhase},
};

impl Machine<'_> {
    /// The task that failed is entered anew; what was interrupted beside it goes on.
    pub(super) fn retry(&mut self) {
        let ids: Vec<FrameId> = self
            .state
            .frames
            .iter()
            .filter(|(_, frame)| {
                matches!(
                    frame.phase,
                    Phase::Failed { .. } | Phase::Stopped { .. } | Phase::Unentered
                )
            })
            .map(|(id, _)| *id)
            .collect();
        if ids.is_empty() {
            // The run never got in, so there is nothing to take up.
            return;
        }
        self.state.status = Status::Running;
        self.state.error = None;
        self.state.revivals = self.state.revivals.saturating_add(1);
        self.renew_tries();
        self.renew_timeouts();
        for frame in ids.into_iter().rev() {
            self.work.push(Work::Resume { frame });
        }
    }

    /// A person's decision to retry gives the policies around the failed task a fresh start.
    fn renew_tries(&mut self) {
        let ids: Vec<FrameId> = self.state.frames.keys().copied().collect();
        for id in ids {
            let now = self.now;
            let Some(phase) = self.try_phase(id) else { continue };
            if phase.stage != Stage::Body {
                continue;
            }
            phase.retries = 0;
            phase.since = now;
            if let Some(Kind::Try(settings)) = self.task_of(id).map(|task| &task.kind)
                && let Err(error) = self.set_deadline(id, settings)
            {
                self.fail_later(id, error);
            }
        }
    }

    pub(super) fn resume(&mut self, id: FrameId) {
        let Some(frame) = self.frame(id).cloned() else { return };
        match frame.phase {
            Phase::Failed { produced: Some((output, then)), .. } => match id {
                ROOT => {
                    self.set_phase(ROOT, Phase::Block);
                    self.finish(output);
                }
                _ => self.complete_later(id, output, then),
            },
            Phase::Failed { call, .. } => {
                self.forget_call(id, call);
                match frame.task {
                    Some(_) => self.reenter(id),
                    None => self.start_root(frame.raw),
                }
            }
            Phase::Unentered => self.reenter(id),
            Phase::Stopped { was } => match *was {
                Phase::Call { call, attempt, input } => {
                    self.repeat_call(id, call, attempt, input);
                }
                Phase::Wait { until, .. } => self.wait_until(id, until),
                Phase::Listen { heard, .. } => self.begin_listen(id, heard),
                Phase::For(phase) => self.resume_loop(id, phase),
                Phase::Try(phase) => self.resume_backoff(id, phase),
                _ => {}
            },
            _ => {}
        }
    }

    fn resume_backoff(&mut self, id: FrameId, phase: TryPhase) {
        let Stage::Backoff { until, .. } = phase.stage else { return };
        self.set_phase(id, Phase::Try(TryPhase { stage: Stage::Body, ..phase }));
        self.back_off_until(id, until);
    }

    /// So that the task's next activation gets a number of its own.
    fn forget_call(&mut self, id: FrameId, call: Option<u64>) {
        let Some(call) = call else { return };
        for outer in self.tries_around(id) {
            if let Some(phase) = self.try_phase(outer) {
                phase.calls.retain(|known| known.call != call);
            }
        }
    }

    fn reenter(&mut self, id: FrameId) {
        if let Some(frame) = self.state.frames.remove(&id)
            && let Some(task) = frame.task
        {
            let (parent, branch, raw) = (frame.parent, frame.branch, frame.raw);
            self.work.push(Work::Enter { parent, branch, task, raw });
        }
    }
}
