//! Entering the run and its tasks.

use std::sync::Arc;

use serde_json::Value;

use super::{Machine, TASKS_PER_STEP_MAX, Work};
use crate::{
    command::{Command, Outcome},
    duration,
    error::{FlowError, Standard},
    model::{BlockId, Kind, Raise, Task, TaskId, Template, Then},
    state::{Frame, FrameId, Heard, Phase, ROOT, Status, ValueId},
};

use super::{data::Sight, watch::Seen};

/// How long each text of an error may be: it is told at every task that the error passes through.
const ERROR_TEXT_BYTES_MAX: usize = 64 * 1024;
/// The statuses that an error may have.
const STATUSES: std::ops::RangeInclusive<u16> = 100..=599;

impl Machine<'_> {
    pub(super) fn start(&mut self, input: Value) {
        self.state.status = Status::Running;
        match self.keep(Arc::new(input)) {
            Ok(raw) => self.start_root(raw),
            Err(error) => self.fault(error),
        }
    }

    /// Begins (or begins again) the run itself.
    pub(super) fn start_root(&mut self, raw: ValueId) {
        let frame = Frame {
            task: None,
            parent: ROOT,
            branch: 0,
            raw,
            input: raw,
            started_at: self.now,
            timeout: None,
            phase: Phase::Block,
        };
        self.state.frames.insert(ROOT, frame);
        let shaped = self.shape_input(&self.definition.input, ROOT, raw);
        let begun = shaped.map_err(|error| error.at("/input")).and_then(|input| {
            self.set_input(ROOT, input);
            self.set_timeout(ROOT).map_err(|error| error.at("/timeout"))?;
            Ok(input)
        });
        match begun {
            Ok(input) => {
                self.enter_block(ROOT, self.definition.root, input);
            }
            Err(error) => self.fail_later(ROOT, error),
        }
    }

    pub(super) fn set_input(&mut self, id: FrameId, input: ValueId) {
        if let Some(frame) = self.state.frames.get_mut(&id) {
            frame.input = input;
        }
    }

    /// Enters the first task of a list on behalf of a frame.
    pub(super) fn enter_block(&mut self, parent: FrameId, block: BlockId, raw: ValueId) {
        match self.definition.block(block).and_then(|block| block.tasks.first()) {
            Some(task) => self.work.push(Work::Enter { parent, branch: 0, task: *task, raw }),
            None => self.block_done(parent, raw),
        }
    }

    pub(super) fn enter(&mut self, parent: FrameId, branch: usize, task_id: TaskId, raw: ValueId) {
        let Some(task) = self.definition.task(task_id) else { return };
        let id = self.number();
        let frame = Frame {
            task: Some(task_id),
            parent,
            branch,
            raw,
            input: raw,
            started_at: self.now,
            timeout: None,
            phase: Phase::Block,
        };
        self.state.frames.insert(id, frame);
        self.entered += 1;
        if TASKS_PER_STEP_MAX < self.entered {
            let detail = format!(
                "{TASKS_PER_STEP_MAX} tasks ran without waiting for anything; add a `wait` to the loop"
            );
            return self.fail_later(id, Standard::Runtime.error(detail));
        }
        match self.is_wanted(task, id, raw) {
            Ok(true) => {}
            Ok(false) => {
                self.ended(id, Outcome::Skipped);
                self.state.frames.remove(&id);
                // A branch that is skipped does not win a race as long as another runs.
                if task.then != Then::End && self.leave_race(parent, branch, raw) {
                    return;
                }
                return self.advance(parent, branch, task, raw, task.then);
            }
            Err(error) => return self.fail_later(id, error),
        }
        self.commands.push(Command::TaskStarted { task: task.pointer.clone() });
        self.see(id, |_| Seen::Started);
        let begun = self.shape_input(&task.input, id, raw).and_then(|input| {
            self.set_input(id, input);
            self.see_given(id, input);
            self.set_timeout(id)?;
            self.begin_extended(id, task)
        });
        if let Err(error) = begun {
            self.fail_later(id, error);
        }
    }

    fn is_wanted(&mut self, task: &Task, id: FrameId, raw: ValueId) -> Result<bool, FlowError> {
        let Some(condition) = &task.condition else { return Ok(true) };
        let dot = self.readable(raw);
        self.holds(condition, id, dot, Sight::default())
    }

    /// Does what the task is for.
    pub(super) fn begin(
        &mut self,
        id: FrameId,
        task: &Task,
        input: ValueId,
    ) -> Result<(), FlowError> {
        match &task.kind {
            Kind::Do(block) => self.enter_block(id, *block, input),
            Kind::Set(template) => {
                let value = self.fill_from_input(template, id)?;
                let value = self.keep(value)?;
                self.complete_later(id, value, None);
            }
            Kind::Switch(cases) => {
                let dot = self.readable(input);
                // The case without a condition is for when no other matches, wherever it stands.
                let mut then = cases.iter().find(|case| case.when.is_none()).map(|case| case.then);
                for case in cases {
                    if let Some(when) = &case.when
                        && self.holds(when, id, dot.clone(), Sight::default())?
                    {
                        then = Some(case.then);
                        break;
                    }
                }
                self.complete_later(id, input, then);
            }
            Kind::Fork { branches, .. } => self.enter_branches(id, *branches, input),
            Kind::For(settings) => self.begin_for(id, settings)?,
            Kind::Try(settings) => self.begin_try(id, settings),
            Kind::Call { function, input, .. } => self.begin_call(id, task, function, input)?,
            Kind::Function { body, input } => {
                let given = self.fill_from_input(input, id)?;
                let given = self.keep(given)?;
                self.enter_block(id, *body, given);
            }
            Kind::Wait(length) => self.begin_wait(id, length)?,
            Kind::Emit(emit) => self.begin_emit(id, emit)?,
            Kind::Raise(raise) => return Err(self.raised(id, raise)?),
            Kind::Listen(_) => self.begin_listen(id, Heard::default()),
        }
        Ok(())
    }

    fn enter_branches(&mut self, id: FrameId, block: BlockId, raw: ValueId) {
        let branches: &[TaskId] =
            self.definition.block(block).map_or(&[], |block| block.tasks.as_slice());
        self.set_phase(id, Phase::Fork { outputs: vec![None; branches.len()] });
        // The newest work is done first, so the first branch goes in last.
        for (branch, task) in branches.iter().enumerate().rev() {
            self.work.push(Work::Enter { parent: id, branch, task: *task, raw });
        }
    }

    fn begin_wait(&mut self, id: FrameId, length: &Template) -> Result<(), FlowError> {
        let length = self.fill_from_input(length, id)?;
        let millis = duration::from_json(&length)
            .map_err(|reason| Standard::Expression.error(format!("cannot wait: {reason}")))?;
        self.wait_until(id, duration::after(self.now, millis));
        Ok(())
    }

    pub(super) fn wait_until(&mut self, id: FrameId, until: kernel::Timestamp) {
        let timer = self.number();
        self.set_phase(id, Phase::Wait { timer, until });
        self.commands.push(Command::Timer { timer, at: until });
    }

    fn raised(&mut self, id: FrameId, raise: &Raise) -> Result<FlowError, FlowError> {
        let kind = self.fill_from_input(&raise.kind, id)?;
        let kind = kind.as_str().filter(|kind| !kind.is_empty()).ok_or_else(|| {
            Standard::Expression.error(format!("an error's type must be text, found {kind}"))
        })?;
        let status = self.fill_from_input(&raise.status, id)?;
        let number = status.as_u64().and_then(|status| u16::try_from(status).ok());
        let status = number.filter(|status| STATUSES.contains(status)).ok_or_else(|| {
            Standard::Expression.error(format!(
                "an error's status must be an HTTP status from 100 to 599, found {status}"
            ))
        })?;
        let mut error = FlowError::new(kind, status, "");
        error.title = self.optional_text(id, raise.title.as_ref())?;
        error.detail = self.optional_text(id, raise.detail.as_ref())?;
        error.instance = self.optional_text(id, raise.instance.as_ref())?;
        Ok(error)
    }

    fn optional_text(
        &mut self,
        id: FrameId,
        template: Option<&Template>,
    ) -> Result<Option<String>, FlowError> {
        template.map(|template| self.filled_text(id, template)).transpose()
    }

    /// A template that must give text; other scalars are written out.
    pub(super) fn filled_text(
        &mut self,
        id: FrameId,
        template: &Template,
    ) -> Result<String, FlowError> {
        let value = self.fill_from_input(template, id)?;
        let text = match &*value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if ERROR_TEXT_BYTES_MAX < text.len() {
            let detail = format!("the text of an error has more than {ERROR_TEXT_BYTES_MAX} bytes");
            return Err(Standard::Expression.error(detail));
        }
        Ok(text)
    }

    /// Goes on from a task that is done, inside the frame that holds it.
    pub(super) fn advance(
        &mut self,
        parent: FrameId,
        branch: usize,
        task: &Task,
        output: ValueId,
        then: Then,
    ) {
        if then == Then::End {
            return self.end_run(parent, output);
        }
        if matches!(self.frame(parent).map(|frame| &frame.phase), Some(Phase::Fork { .. })) {
            return self.branch_done(parent, branch, output);
        }
        let next = match then {
            Then::Continue => Some(task.position + 1),
            Then::To(position) => Some(position),
            Then::Exit | Then::End => None,
        };
        let block = self.definition.block(task.block);
        let next = next.and_then(|next| block?.tasks.get(next).copied());
        match next {
            Some(task) => self.work.push(Work::Enter { parent, branch: 0, task, raw: output }),
            None if matches!(
                self.frame(parent).map(|frame| &frame.phase),
                Some(Phase::Extended(_))
            ) =>
            {
                self.extension_done(parent, output, then);
            }
            None => self.block_done(parent, output),
        }
    }
}
