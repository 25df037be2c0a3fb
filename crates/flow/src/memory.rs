//! Runs a definition in memory, with time that jumps instead of passing.
//!
//! The real interpreter under a driver of its own: calls are answered by a closure, events come from a
//! list, and time jumps to the next moment at which something happens. For trying a definition out, and
//! for tests.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde_json::{Value, json};

use crate::{
    Command, EmittedEvent, FlowError, Input, LifecycleEvent, Program, RunInfo, Standard, State,
    Status, command, duration, lifecycle,
    machine::watch::{Glimpse, step_watched},
    routing, step,
};

/// How many inputs one run may take. More is a loop that only waits.
pub const INPUTS_MAX: usize = 100_000;

/// A call to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRequest {
    pub call: u64,
    pub attempt: u32,
    pub task: String,
    pub function: String,
    pub input: Value,
    /// When, by the run's own clock.
    pub at: Timestamp,
}

/// What a call comes to, and how long it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub after_ms: i64,
    pub result: Result<Value, FlowError>,
}

impl From<Result<Value, FlowError>> for Answer {
    fn from(result: Result<Value, FlowError>) -> Self {
        Self { after_ms: 0, result }
    }
}

/// Something that happens to a run from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// An event, as a CloudEvents envelope.
    Event(Value),
    Cancel(String),
    /// A faulted run is taken up where it failed.
    Retry,
    /// A faulted run goes on behind the task that failed, with this as what it gave.
    Skip(Option<Value>),
    Suspend(String),
    Resume,
}

/// Asked before anything happens to a run: why it is not to go on, if it is not.
pub type Stop<'a> = dyn Fn() -> Option<String> + 'a;
/// Told what is seen of the tasks, and when.
pub type Watch<'a> = dyn FnMut(Timestamp, Glimpse) + 'a;

pub struct Options<'a> {
    pub answer: &'a mut dyn FnMut(&CallRequest) -> Answer,
    /// What happens, and when. At the same moment, in this order.
    pub given: Vec<(Timestamp, Happening)>,
    pub run: RunInfo,
    pub stop: Option<&'a Stop<'a>>,
    pub watch: Option<&'a mut Watch<'a>>,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("run", &self.run).finish_non_exhaustive()
    }
}

impl<'a> Options<'a> {
    pub fn new(started_at: Timestamp, answer: &'a mut dyn FnMut(&CallRequest) -> Answer) -> Self {
        Self::of(RunInfo { id: "run".to_owned(), started_at, seed: 0 }, answer)
    }

    /// For a run that has a name.
    pub fn of(run: RunInfo, answer: &'a mut dyn FnMut(&CallRequest) -> Answer) -> Self {
        Self { answer, given: Vec::new(), run, stop: None, watch: None }
    }
}

/// A call as it was made, and what it is answered unless it is cancelled before.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeCall {
    pub request: CallRequest,
    pub answer: Result<Value, FlowError>,
}

/// Time that a real run would have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What happened, in order, apart from the tasks themselves.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    Call(Box<MadeCall>),
    Jump(Jump),
}

/// How a run ended, or where it stands still.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub status: Status,
    pub output: Option<Value>,
    pub error: Option<FlowError>,
    /// What a run that waited for this one is told; none if it stands still.
    result: Option<Result<Value, FlowError>>,
    /// The tasks in the order in which they started, as JSON pointers.
    pub tasks: Vec<String>,
    /// The tasks that began and ended, in order: `started /do/0/a`, `completed /do/0/a`.
    pub trace: Vec<String>,
    /// The calls with what each was given and answered, and the waits between them.
    pub moments: Vec<Moment>,
    pub emitted: Vec<EmittedEvent>,
    /// The lifecycle events that the definition asks for.
    pub lifecycle: Vec<LifecycleEvent>,
    /// When it ended, by its own clock.
    pub ended_at: Timestamp,
    /// Why it stands still, if it does.
    pub reason: Option<String>,
}

impl Outcome {
    /// What a run that waited for this one is answered.
    pub fn as_answer(&self, started_at: Timestamp) -> Answer {
        let still = || {
            let reason = self.reason.as_deref().unwrap_or_default();
            Err(Standard::Runtime.error(format!("the run stands still: {reason}")))
        };
        let after_ms = (self.ended_at - started_at).num_milliseconds();
        Answer { after_ms, result: self.result.clone().unwrap_or_else(still) }
    }

    /// The calls in the order in which they were made.
    pub fn calls(&self) -> impl Iterator<Item = &MadeCall> {
        self.moments.iter().filter_map(|moment| match moment {
            Moment::Call(made) => Some(&**made),
            Moment::Jump(_) => None,
        })
    }

    /// The names among `prepared` of functions that were never called, such as misspelt ones.
    pub fn never_called<'n>(&self, prepared: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
        let is_called = |name: &str| self.calls().any(|made| made.request.function == name);
        prepared.into_iter().filter(|name| !is_called(name)).collect()
    }
}

/// Runs a definition until it ends or waits for an event that is not given.
pub fn run(program: &Program, input: Value, options: Options<'_>) -> Outcome {
    let now = options.run.started_at;
    let mut driver = Driver {
        program,
        run: options.run.id.clone(),
        lifecycle: Vec::new(),
        state: State::new(options.run),
        now,
        answer: options.answer,
        watch: options.watch,
        agenda: BTreeMap::new(),
        entries: 0,
        tasks: Vec::new(),
        trace: Vec::new(),
        moments: Vec::new(),
        emitted: Vec::new(),
    };
    driver.apply(Input::Start { input });
    for (at, happening) in options.given {
        driver.note(at, Entry::Given(happening));
    }
    let mut reason = None;
    for taken in 0.. {
        if driver.is_over() {
            break;
        }
        if INPUTS_MAX <= taken {
            reason = Some(format!("it was still going after {INPUTS_MAX} inputs"));
            break;
        }
        reason = options.stop.and_then(|stop| stop());
        if reason.is_some() {
            break;
        }
        let Some(input) = driver.next() else {
            reason = Some(driver.idle_reason());
            break;
        };
        driver.apply(input);
    }
    Outcome {
        status: driver.state.status(),
        output: driver.state.output().cloned(),
        error: driver.state.error().cloned(),
        result: driver.state.result(),
        tasks: driver.tasks,
        trace: driver.trace,
        moments: driver.moments,
        emitted: driver.emitted,
        lifecycle: driver.lifecycle,
        ended_at: driver.now,
        reason,
    }
}

/// Something that is to happen.
#[derive(Debug)]
enum Entry {
    Answer { call: u64, result: Result<Value, FlowError> },
    Given(Happening),
    Timer(u64),
}

struct Driver<'p, 'a> {
    program: &'p Program,
    state: State,
    now: Timestamp,
    answer: &'a mut dyn FnMut(&CallRequest) -> Answer,
    watch: Option<&'a mut Watch<'a>>,
    /// What is to happen: by its moment, then calls before events before timers, then in order.
    agenda: BTreeMap<(Timestamp, u8, u64), Entry>,
    entries: u64,
    tasks: Vec<String>,
    trace: Vec<String>,
    moments: Vec<Moment>,
    emitted: Vec<EmittedEvent>,
    lifecycle: Vec<LifecycleEvent>,
    run: String,
}

impl Driver<'_, '_> {
    fn apply(&mut self, input: Input) {
        if let Input::Start { .. } = &input {
            self.lifecycle.extend(lifecycle::started(self.program, &self.run, self.now));
        }
        let state = std::mem::replace(&mut self.state, State::placeholder());
        let done = match &mut self.watch {
            None => step(self.program, state, input, self.now),
            Some(watch) => {
                let (done, glimpses) = step_watched(self.program, state, input, self.now);
                for glimpse in glimpses {
                    watch(self.now, glimpse);
                }
                done
            }
        };
        self.state = done.state;
        for command in done.commands {
            let told = lifecycle::events(self.program, &self.run, &command, self.now);
            self.lifecycle.extend(told);
            self.carry_out(command);
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Call { call, attempt, task, function, input } => {
                let at = self.now;
                let request = CallRequest { call, attempt, task, function, input, at };
                let Answer { after_ms, result } = (self.answer)(&request);
                let at = duration::after(self.now, after_ms);
                let made = MadeCall { request, answer: result.clone() };
                self.moments.push(Moment::Call(Box::new(made)));
                self.note(at, Entry::Answer { call, result });
            }
            Command::CancelCall { call } => self.agenda.retain(
                |_, entry| !matches!(entry, Entry::Answer { call: made, .. } if *made == call),
            ),
            Command::Timer { timer, at } => self.note(at, Entry::Timer(timer)),
            Command::CancelTimer { timer } => {
                self.agenda.retain(|_, entry| !matches!(entry, Entry::Timer(set) if *set == timer));
            }
            Command::Emit { event } => {
                // What a run says it can hear itself, as it can on a real server.
                let envelope = self.envelope(&event);
                let routes = &self.program.definition.routes;
                if routing::concerns(routes, self.state.input(), &envelope) {
                    self.note(self.now, Entry::Given(Happening::Event(envelope)));
                }
                self.emitted.push(event);
            }
            Command::TaskStarted { task } => {
                self.trace.push(format!("started {task}"));
                self.tasks.push(task);
            }
            Command::TaskEnded { task, outcome, .. } => {
                self.trace.push(format!("{} {task}", word(outcome)));
            }
            Command::Suspended { .. } => self.trace.push("suspended".to_owned()),
            Command::Resumed => self.trace.push("resumed".to_owned()),
            Command::SkippedOver { task, .. } => self.trace.push(format!("skipped over {task}")),
            Command::Listen { .. }
            | Command::Correlated { .. }
            | Command::Unlisten { .. }
            | Command::Completed { .. }
            | Command::Faulted { .. }
            | Command::Cancelled { .. } => {}
        }
    }

    fn envelope(&self, event: &EmittedEvent) -> Value {
        let program = self.program;
        let source = event.source.clone().unwrap_or_else(|| {
            format!("/{}/{}/{}", program.namespace(), program.name(), program.version())
        });
        let mut envelope = json!({
            "specversion": "1.0",
            "id": event.id,
            "source": source,
            "type": event.kind,
            "time": event.time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "datacontenttype": "application/json",
            "data": event.data,
        });
        if let Some(object) = envelope.as_object_mut() {
            object.extend(event.subject.iter().map(|text| ("subject".to_owned(), json!(text))));
            object.extend(event.attributes.clone());
        }
        envelope
    }

    fn note(&mut self, at: Timestamp, entry: Entry) {
        let rank = match &entry {
            Entry::Answer { .. } => 0,
            Entry::Given(_) => 1,
            Entry::Timer(_) => 2,
        };
        self.entries += 1;
        self.agenda.insert((at, rank, self.entries), entry);
    }

    /// Whether nothing can change any more.
    fn is_over(&self) -> bool {
        let status = self.state.status();
        let is_revival =
            |entry: &Entry| matches!(entry, Entry::Given(Happening::Retry | Happening::Skip(_)));
        status.has_ended() && (status != Status::Faulted || !self.agenda.values().any(is_revival))
    }

    /// The next thing to happen. Time jumps to it.
    fn next(&mut self) -> Option<Input> {
        let ((at, ..), entry) = self.agenda.pop_first()?;
        if self.now < at {
            self.moments.push(Moment::Jump(Jump { from: self.now, to: at }));
            self.now = at;
        }
        Some(match entry {
            Entry::Answer { call, result } => match result {
                Ok(output) => Input::CallSucceeded { call, output },
                Err(error) => Input::CallFailed { call, error },
            },
            Entry::Given(Happening::Event(event)) => Input::EventReceived { event },
            Entry::Given(Happening::Cancel(reason)) => Input::Cancel { reason },
            Entry::Given(Happening::Retry) => Input::Retry,
            Entry::Given(Happening::Skip(output)) => {
                Input::Skip { reason: "given".to_owned(), output }
            }
            Entry::Given(Happening::Suspend(reason)) => Input::Suspend { reason },
            Entry::Given(Happening::Resume) => Input::Resume,
            Entry::Timer(timer) => Input::TimerFired { timer },
        })
    }

    fn idle_reason(&self) -> String {
        match self.state.pending_listens().len() {
            _ if self.state.status() == Status::Suspended => "it is suspended".to_owned(),
            0 => "it waits for nothing that could happen".to_owned(),
            _ => format!("it waits for an event ({})", self.program.listens().join(", ")),
        }
    }
}

fn word(outcome: command::Outcome) -> &'static str {
    match outcome {
        command::Outcome::Completed => "completed",
        command::Outcome::Skipped => "skipped",
        command::Outcome::Faulted => "faulted",
        command::Outcome::Cancelled => "cancelled",
        command::Outcome::Retrying => "retrying",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, compile};

    #[test]
    fn a_run_tells_what_each_call_was_given_and_how_long_it_waited() {
        let program = compile(
            "do: [{ask: {try: [{post: {call: echo, with: {text: hello}}}], catch: {retry: {delay: \
             {seconds: 5}, limit: {attempt: {count: 2}}}}}}]",
        );
        let mut failures = 1;
        let mut answer = |_: &CallRequest| match failures {
            0 => Answer::from(Ok(json!({ "ok": true }))),
            _ => {
                failures -= 1;
                Err(FlowError::new("https://example.com/errors/away", 503, "away")).into()
            }
        };
        let outcome = run(&program, json!({}), Options::new(at(0), &mut answer));
        assert_eq!(outcome.status, Status::Completed);
        let told: Vec<(Timestamp, &str, &Value, bool)> = outcome
            .calls()
            .map(|made| {
                let request = &made.request;
                (request.at, request.function.as_str(), &request.input, made.answer.is_ok())
            })
            .collect();
        let given = json!({ "text": "hello" });
        assert_eq!(told, [(at(0), "echo", &given, false), (at(5), "echo", &given, true)]);
        let jump = Jump { from: at(0), to: at(5) };
        assert_eq!(outcome.moments.get(1), Some(&Moment::Jump(jump)));
        assert_eq!(outcome.never_called(["echo", "ecko"]), ["ecko"]);
    }
}
