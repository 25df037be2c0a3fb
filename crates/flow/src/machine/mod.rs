//! The interpreter: what a run does next.
//!
//! Pure: no I/O, no clock, no randomness. The same state and input give the same answer today and
//! in a replay next year. A step goes on until nothing is left to do without the outside, so tasks
//! that only compute cost no commit of their own.

mod calls;
mod data;
mod end;
mod enter;
pub(crate) mod events;
mod extensions;
mod fail;
pub(crate) mod gather;
pub(crate) mod listens;
mod loops;
mod retry;
mod room;
mod suspension;
mod timeouts;
mod tries;
pub(crate) mod watch;

#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use room::RUN_BYTES_MAX;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jaq_json::Val;
use kernel::Timestamp;
use serde_json::Value;

use crate::{
    catalog::asks_people,
    command::{Command, Input, Outcome, Step},
    error::FlowError,
    model::{Definition, Kind, Task, TaskId, Then},
    program::Program,
    state::{
        ForPhase, Frame, FrameId, Heard, Phase, ROOT, Stage, State, Status, TryPhase, ValueId,
    },
};

/// How many tasks one step may enter. More without waiting for anything is an endless loop.
pub(crate) const TASKS_PER_STEP_MAX: usize = 10_000;

/// Decides what a run does next.
///
/// An input that no longer matters (the result of a call that was cancelled, a timer that fired
/// twice) changes nothing.
pub fn step(program: &Program, state: State, input: Input, now: Timestamp) -> Step {
    Machine::new(program, state, now).step(input).0
}

/// One thing to do inside a step. The newest is done first, so a branch runs until it waits.
#[derive(Debug)]
enum Work {
    Enter { parent: FrameId, branch: usize, task: TaskId, raw: ValueId },
    Complete { frame: FrameId, output: ValueId, then: Option<Then> },
    Fail { frame: FrameId, error: FlowError },
    Resume { frame: FrameId },
    Skip { frame: FrameId, reason: String, output: Option<ValueId> },
}

struct Machine<'p> {
    definition: &'p Definition,
    state: State,
    now: Timestamp,
    commands: Vec<Command>,
    work: Vec<Work>,
    entered: usize,
    /// Frames that an error has passed through and whose end was told.
    failing: BTreeSet<FrameId>,
    /// Values of the arena in the form that expressions read.
    converted: HashMap<ValueId, Val>,
    room: room::Room,
    /// What is seen of the tasks, where somebody watches.
    glimpses: Option<Vec<watch::Glimpse>>,
}

/// Whether an event starts a run of the definition.
pub(crate) fn starts(program: &Program, event: &Value, now: Timestamp) -> bool {
    let Some(on) = &program.definition.on else { return false };
    let mut machine = Machine::new(program, State::placeholder(), now);
    // A filter that cannot be computed says no, as it does where a run listens.
    machine
        .first_fitting(ROOT, on, &BTreeSet::new(), &Heard::default(), event)
        .is_ok_and(|fit| fit.is_some())
}

impl<'p> Machine<'p> {
    fn new(program: &'p Program, state: State, now: Timestamp) -> Self {
        Self {
            definition: &program.definition,
            state,
            now,
            commands: Vec::new(),
            work: Vec::new(),
            entered: 0,
            failing: BTreeSet::new(),
            converted: HashMap::new(),
            room: room::Room::default(),
            glimpses: None,
        }
    }

    fn step(mut self, input: Input) -> (Step, Option<Vec<watch::Glimpse>>) {
        self.accept(input);
        self.run();
        self.settle();
        (Step { state: self.state, commands: self.commands }, self.glimpses)
    }

    fn accept(&mut self, input: Input) {
        let status = self.state.status;
        if status == Status::Suspended {
            return self.hold(input);
        }
        match input {
            Input::Start { input } if status == Status::Pending => self.start(input),
            Input::CallSucceeded { call, output } => self.call_succeeded(call, output),
            Input::CallFailed { call, error } => self.call_failed(call, error),
            Input::TimerFired { timer } => self.timer_fired(timer),
            Input::EventReceived { event } => self.event_received(event),
            Input::Cancel { reason }
                if !matches!(status, Status::Completed | Status::Cancelled) =>
            {
                self.cancel(reason);
            }
            Input::Retry if status == Status::Faulted => self.retry(),
            Input::Skip { reason, output } if status == Status::Faulted => {
                self.skip(&reason, output);
            }
            Input::Suspend { reason } if matches!(status, Status::Running | Status::Waiting) => {
                self.suspend(reason);
            }
            Input::Start { .. }
            | Input::Cancel { .. }
            | Input::Retry
            | Input::Skip { .. }
            | Input::Suspend { .. }
            | Input::Resume => {}
        }
    }

    fn run(&mut self) {
        while let Some(work) = self.work.pop() {
            match work {
                Work::Enter { parent, branch, task, raw } => {
                    // Its parent may have been cancelled by what was done since.
                    if self.state.frames.contains_key(&parent) {
                        self.enter(parent, branch, task, raw);
                    }
                }
                Work::Complete { frame, output, then } => self.complete(frame, output, then),
                Work::Fail { frame, error } => self.fail(frame, error),
                Work::Resume { frame } => self.resume(frame),
                Work::Skip { frame, reason, output } => self.skip_over(frame, reason, output),
            }
            self.make_room();
        }
    }

    /// Names the state that the step has led to.
    fn settle(&mut self) {
        let is_still = matches!(self.state.status, Status::Pending | Status::Suspended);
        if !is_still && !self.state.status.has_ended() {
            let is_calling = self.state.frames.iter().any(|(id, frame)| {
                matches!(frame.phase, Phase::Call { .. }) && !self.asks_people(*id)
            });
            self.state.status = if is_calling { Status::Running } else { Status::Waiting };
        }
        self.state.collect_garbage(BTreeSet::new());
    }

    fn asks_people(&self, id: FrameId) -> bool {
        let task = self.task_of(id).map(|task| &task.kind);
        matches!(task, Some(Kind::Call { function, .. }) if asks_people(function))
    }

    fn number(&mut self) -> u64 {
        let number = self.state.next;
        self.state.next += 1;
        number
    }

    fn value(&self, id: ValueId) -> Arc<Value> {
        self.state.values.get(&id).map_or_else(|| Arc::new(Value::Null), Arc::clone)
    }

    fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.state.frames.get(&id)
    }

    fn task_of(&self, id: FrameId) -> Option<&'p Task> {
        self.definition.task(self.frame(id)?.task?)
    }

    fn set_phase(&mut self, id: FrameId, phase: Phase) {
        if let Some(frame) = self.state.frames.get_mut(&id) {
            frame.phase = phase;
        }
    }

    fn try_phase(&mut self, id: FrameId) -> Option<&mut TryPhase> {
        match &mut self.state.frames.get_mut(&id)?.phase {
            Phase::Try(phase) => Some(phase),
            _ => None,
        }
    }

    fn complete_later(&mut self, frame: FrameId, output: ValueId, then: Option<Then>) {
        self.work.push(Work::Complete { frame, output, then });
    }

    fn fail_later(&mut self, frame: FrameId, error: FlowError) {
        self.work.push(Work::Fail { frame, error });
    }

    /// The frame around one; none around the run itself.
    fn parent(&self, id: FrameId) -> Option<FrameId> {
        if id == ROOT { None } else { self.frame(id).map(|frame| frame.parent) }
    }

    /// The frames around one, from the inside out, the run itself last.
    fn ancestors(&self, id: FrameId) -> impl Iterator<Item = FrameId> {
        std::iter::successors(self.parent(id), |around| self.parent(*around))
    }

    fn ended(&mut self, id: FrameId, outcome: Outcome) {
        self.see_ended(id, outcome, None);
        if let Some(task) = self.task_of(id) {
            let task = task.pointer.clone();
            self.commands.push(Command::TaskEnded { task, outcome, error: None });
        }
    }

    fn find(&self, wanted: impl Fn(&Phase) -> bool) -> Option<FrameId> {
        self.state.frames.iter().find(|(_, frame)| wanted(&frame.phase)).map(|(id, _)| *id)
    }

    fn timer_fired(&mut self, timer: u64) {
        let found = self.state.frames.iter().find_map(|(id, frame)| match &frame.phase {
            _ if frame.timeout.is_some_and(|(set, _)| set == timer) => Some((*id, Fired::Timeout)),
            Phase::For(ForPhase { pause: Some((set, _, data)), .. }) if *set == timer => {
                Some((*id, Fired::Pause(*data)))
            }
            Phase::Wait { timer: set, .. } if *set == timer => Some((*id, Fired::Wait)),
            Phase::Try(TryPhase { stage: Stage::Backoff { timer: set, .. }, .. })
                if *set == timer =>
            {
                Some((*id, Fired::Backoff))
            }
            Phase::Try(TryPhase { deadline: Some((set, _)), .. }) if *set == timer => {
                Some((*id, Fired::Deadline))
            }
            _ => None,
        });
        match found {
            Some((frame, Fired::Wait)) => {
                let input = self.frame(frame).map_or(0, |frame| frame.input);
                self.complete_later(frame, input, None);
            }
            Some((frame, Fired::Backoff)) => self.start_attempt(frame),
            Some((frame, Fired::Deadline)) => self.attempt_timed_out(frame),
            Some((frame, Fired::Timeout)) => self.timed_out(frame),
            Some((frame, Fired::Pause(data))) => self.iterate(frame, data),
            None => {}
        }
    }
}

enum Fired {
    Wait,
    Backoff,
    Deadline,
    Timeout,
    /// Of a long loop, with the data to go on with.
    Pause(ValueId),
}
