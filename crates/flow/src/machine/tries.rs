//! Try: attempts, catching, backing off.

use kernel::Timestamp;

use super::{Machine, data::Sight};
use crate::{
    command::{Command, Outcome},
    duration,
    error::{FlowError, Standard, same_kind},
    model::{Backoff, ErrorFilter, Kind, Retry, Task, Template, Try},
    state::{FrameId, Phase, Stage, TryPhase, ValueId},
};

/// How many retries are made where the policy sets no limit of its own.
pub(crate) const RETRIES_MAX: u32 = 1_000;
/// How long the other side may ask to be left alone.
pub(crate) const RETRY_AFTER_MS_MAX: i64 = 60 * 60 * 1_000;

impl Machine<'_> {
    pub(super) fn begin_try(&mut self, id: FrameId, settings: &Try) {
        let phase = TryPhase {
            stage: Stage::Body,
            retries: 0,
            since: self.now,
            deadline: None,
            calls: Vec::new(),
        };
        self.set_phase(id, Phase::Try(phase));
        self.enter_body(id, settings);
    }

    /// Tries once more.
    pub(super) fn start_attempt(&mut self, id: FrameId) {
        let Some(Kind::Try(settings)) = self.task_of(id).map(|task| &task.kind) else { return };
        if let Some(phase) = self.try_phase(id) {
            phase.stage = Stage::Body;
            phase.calls.iter_mut().for_each(|call| call.is_made = false);
        }
        self.enter_body(id, settings);
    }

    fn enter_body(&mut self, id: FrameId, settings: &Try) {
        if let Err(error) = self.set_deadline(id, settings) {
            return self.fail_later(id, error);
        }
        let input = self.frame(id).map_or(0, |frame| frame.input);
        self.enter_block(id, settings.body, input);
    }

    /// Sets the timer that ends this attempt, if the policy limits attempts.
    pub(super) fn set_deadline(&mut self, id: FrameId, settings: &Try) -> Result<(), FlowError> {
        let Some(limit) = settings.retry.as_ref().and_then(|retry| retry.attempt.as_ref()) else {
            return Ok(());
        };
        let limit = self.length(id, limit, Sight::default())?;
        let (timer, at) = (self.number(), duration::after(self.now, limit));
        if let Some(phase) = self.try_phase(id) {
            phase.deadline = Some((timer, at));
            self.commands.push(Command::Timer { timer, at });
        }
        Ok(())
    }

    /// A duration of a policy, in milliseconds.
    fn length(
        &mut self,
        id: FrameId,
        template: &Template,
        sight: Sight<'_>,
    ) -> Result<i64, FlowError> {
        let input = self.frame(id).map_or(0, |frame| frame.input);
        let dot = self.readable(input);
        let length = self.fill(template, id, &dot, sight)?;
        duration::from_json(&length).map_err(|reason| {
            Standard::Expression.error(format!("a duration of the retry policy: {reason}"))
        })
    }

    pub(super) fn attempt_timed_out(&mut self, id: FrameId) {
        if let Some(phase) = self.try_phase(id) {
            phase.deadline = None;
        }
        let mut error = Standard::Timeout.error("the attempt took longer than its limit");
        error.instance = self.task_of(id).map(|task| task.pointer.clone());
        match self.try_to_catch(id, &error) {
            Ok(true) => return,
            Ok(false) => {}
            Err(own) => error = own,
        }
        self.overrun(id, error);
    }

    /// Whether the catch is meant for this error.
    pub(super) fn is_for(
        &mut self,
        id: FrameId,
        settings: &Try,
        error: &FlowError,
        value: ValueId,
    ) -> Result<bool, FlowError> {
        if !matches(&settings.filter, error) {
            return Ok(false);
        }
        let input = self.frame(id).map_or(0, |frame| frame.input);
        let dot = self.readable(input);
        let sight = Sight { error: Some((&settings.variable, value)), ..Sight::default() };
        if let Some(when) = &settings.when
            && !self.holds(when, id, dot.clone(), sight)?
        {
            return Ok(false);
        }
        match &settings.except_when {
            Some(except) => Ok(!self.holds(except, id, dot, sight)?),
            None => Ok(true),
        }
    }

    /// Retries, or else consumes the error. False when it does neither.
    pub(super) fn deal_with(
        &mut self,
        id: FrameId,
        task: &Task,
        settings: &Try,
        error: &FlowError,
        value: ValueId,
    ) -> Result<bool, FlowError> {
        if let Some(retry) = &settings.retry
            && let Some(at) = self.next_attempt(id, settings, retry, error, value)?
        {
            self.cancel_below(id);
            self.clear_deadline(id);
            let pointer = task.pointer.clone();
            let (outcome, error) = (Outcome::Retrying, None);
            self.commands.push(Command::TaskEnded { task: pointer, outcome, error });
            self.see_ended(id, outcome, None);
            self.back_off_until(id, at);
            return Ok(true);
        }
        // A policy that has run out leaves the error to the handler, or to whoever is around.
        let is_consumed =
            settings.retry.is_none() || settings.handler.is_some() || settings.then.is_some();
        if !is_consumed {
            return Ok(false);
        }
        self.cancel_below(id);
        self.clear_deadline(id);
        if let Some(phase) = self.try_phase(id) {
            phase.stage = Stage::Catch { error: value };
        }
        let input = self.frame(id).map_or(0, |frame| frame.input);
        match settings.handler {
            Some(handler) => self.enter_block(id, handler, input),
            None => self.block_done(id, input),
        }
        Ok(true)
    }

    pub(super) fn back_off_until(&mut self, id: FrameId, until: Timestamp) {
        if until <= self.now {
            return self.start_attempt(id);
        }
        let timer = self.number();
        if let Some(phase) = self.try_phase(id) {
            phase.stage = Stage::Backoff { timer, until };
        }
        self.commands.push(Command::Timer { timer, at: until });
    }

    /// When the next attempt begins, if the policy allows one. Counts it.
    fn next_attempt(
        &mut self,
        id: FrameId,
        settings: &Try,
        retry: &Retry,
        error: &FlowError,
        value: ValueId,
    ) -> Result<Option<Timestamp>, FlowError> {
        let Some(phase) = self.try_phase(id).map(|phase| (phase.retries, phase.since)) else {
            return Ok(None);
        };
        let (made, since) = phase;
        if retry.retries_max.unwrap_or(RETRIES_MAX).min(RETRIES_MAX) <= made {
            return Ok(None);
        }
        let input = self.frame(id).map_or(0, |frame| frame.input);
        let dot = self.readable(input);
        let sight = Sight { error: Some((&settings.variable, value)), ..Sight::default() };
        if let Some(when) = &retry.when
            && !self.holds(when, id, dot.clone(), sight)?
        {
            return Ok(None);
        }
        if let Some(except) = &retry.except_when
            && self.holds(except, id, dot, sight)?
        {
            return Ok(None);
        }
        let asked = error.retry_after_ms.unwrap_or(0);
        let asked = i64::try_from(asked).unwrap_or(i64::MAX).min(RETRY_AFTER_MS_MAX);
        let delay = match &retry.delay {
            Some(delay) => backed_off(retry.backoff, self.length(id, delay, sight)?, made),
            None => 0,
        };
        let delay = delay.saturating_add(self.jitter(id, retry, sight)?).max(asked);
        let at = duration::after(self.now, delay);
        if let Some(limit) = &retry.total
            && duration::after(since, self.length(id, limit, sight)?) < at
        {
            return Ok(None);
        }
        if let Some(phase) = self.try_phase(id) {
            phase.retries += 1;
        }
        Ok(Some(at))
    }

    fn jitter(&mut self, id: FrameId, retry: &Retry, sight: Sight<'_>) -> Result<i64, FlowError> {
        let Some((from, to)) = &retry.jitter else { return Ok(0) };
        let (from, to) = (self.length(id, from, sight)?, self.length(id, to, sight)?);
        let Ok(span) = u64::try_from(to.saturating_sub(from)) else { return Ok(from) };
        self.state.draws += 1;
        let drawn = mix(self.state.run.seed ^ mix(self.state.draws));
        Ok(from.saturating_add(i64::try_from(drawn % span.saturating_add(1)).unwrap_or(0)))
    }
}

/// The delay before the retry that follows `made` others.
fn backed_off(backoff: Backoff, delay_ms: i64, made: u32) -> i64 {
    let factor = match backoff {
        Backoff::Constant => 1,
        Backoff::Linear => i64::from(made) + 1,
        Backoff::Exponential => 1_i64.checked_shl(made.min(62)).unwrap_or(i64::MAX),
    };
    delay_ms.saturating_mul(factor)
}

/// SplitMix64: a different number for each draw, the same in each replay.
fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn matches(filter: &ErrorFilter, error: &FlowError) -> bool {
    let same =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    filter.kind.as_ref().is_none_or(|kind| same_kind(kind, &error.kind))
        && filter.status.is_none_or(|status| status == error.status)
        && same(&filter.title, &error.title)
        && same(&filter.detail, &error.detail)
        && same(&filter.instance, &error.instance)
}
