//! Taking up a faulted run where it failed.

use std::sync::Arc;

use serde_json::Value;

use super::{Machine, Work};
use crate::{
    command::Command,
    model::Kind,
    state::{FrameId, Phase, ROOT, Stage, Status, TryPhase, ValueId},
};

impl Machine<'_> {
    /// The task that failed is entered anew; what was interrupted beside it goes on.
    pub(super) fn retry(&mut self) {
        self.take_up(None);
    }

    /// The run goes on behind the task that failed; what was interrupted beside it goes on too.
    pub(super) fn skip(&mut self, reason: &str, output: Option<Value>) {
        // Without its input there is no run to go on with.
        let root_began = !matches!(
            self.frame(ROOT).map(|frame| &frame.phase),
            Some(Phase::Failed { produced: None, .. })
        );
        let output = output.map(|output| self.keep(Arc::new(output)));
        match output.transpose() {
            Ok(output) if root_began => self.take_up(Some((reason, output))),
            // A value that a run cannot keep is no output.
            Ok(_) | Err(_) => {}
        }
    }

    /// The frame that is skipped over: what failed, or what took too long.
    fn skipped_frame(&self) -> Option<FrameId> {
        let mut frames = self.state.frames.iter();
        let failed = frames.find(|(_, frame)| matches!(frame.phase, Phase::Failed { .. }));
        if let Some((id, _)) = failed {
            return Some(*id);
        }
        let place = self.state.error.as_ref()?.instance.as_ref()?;
        let is_there = |id: &FrameId| self.task_of(*id).is_some_and(|task| task.pointer == *place);
        self.state.frames.keys().copied().find(is_there)
    }

    fn take_up(&mut self, skipped: Option<(&str, Option<ValueId>)>) {
        let over = skipped.and_then(|_| self.skipped_frame());
        if let Some(over) = over {
            // What was under way inside it is not taken up.
            self.cancel_below(over);
        }
        let ids: Vec<FrameId> = self
            .state
            .frames
            .iter()
            .filter(|(id, frame)| {
                Some(**id) != over
                    && matches!(
                        frame.phase,
                        Phase::Failed { .. } | Phase::Stopped { .. } | Phase::Unentered
                    )
            })
            .map(|(id, _)| *id)
            .collect();
        let has_work = if skipped.is_some() { over.is_some() } else { !ids.is_empty() };
        if !has_work {
            // The run never got in, or as a whole took too long: there is nothing to take up.
            return;
        }
        self.state.status = Status::Running;
        self.state.error = None;
        self.state.revivals = self.state.revivals.saturating_add(1);
        self.renew_tries();
        self.renew_timeouts();
        // What stands around the skipped task goes on before it, to hear of its end; the rest after it, since it may
        // have nothing to go on with then.
        let around: Vec<FrameId> = over.into_iter().flat_map(|over| self.ancestors(over)).collect();
        let (around, beside): (Vec<FrameId>, Vec<FrameId>) =
            ids.into_iter().partition(|frame| around.contains(frame));
        for frame in beside.into_iter().rev() {
            self.work.push(Work::Resume { frame });
        }
        if let (Some((reason, output)), Some(frame)) = (skipped, over) {
            self.work.push(Work::Skip { frame, reason: reason.to_owned(), output });
        }
        for frame in around.into_iter().rev() {
            self.work.push(Work::Resume { frame });
        }
    }

    /// Goes on behind a task that failed, without shaping what it is said to have given.
    pub(super) fn skip_over(&mut self, id: FrameId, reason: String, output: Option<ValueId>) {
        let Some(frame) = self.frame(id).cloned() else { return };
        let output = output.unwrap_or(frame.input);
        if id == ROOT {
            return self.finish_as(output);
        }
        let Some(task) = self.task_of(id) else { return };
        self.commands.push(Command::SkippedOver { task: task.pointer.clone(), reason });
        self.clear_timeout(id);
        self.state.frames.remove(&id);
        self.advance(frame.parent, frame.branch, task, output, task.then);
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
