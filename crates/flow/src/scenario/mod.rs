//! Scenarios: a definition, what happens to a run of it, and what must come of that, in one file.
//!
//! A scenario is YAML. Everything but `title`, `flow` and `expect` may be left out:
//!
//! ```yaml
//! title: A call that fails is made again
//! flow: # `document` may be left out
//!   do:
//!     - ask:
//!         try:
//!           - post: { call: post, with: { n: 1 } }
//!         catch:
//!           retry: { delay: { seconds: 5 }, limit: { attempt: { count: 1 } } }
//! input: { name: Ada }
//! flows: [] # other definitions, which this one may run
//! answers: # by function; one after the other, and the last for good. Without any, the input comes back
//!   post:
//!     - error: { type: https://example.com/errors/away, status: 503 }
//!     - { output: { id: 7 }, after: PT2S }
//! given: # by the time from the start
//!   - { at: PT1S, event: { type: submitted, data: 1 } }
//!   - { at: PT9S, cancel: a person said so } # or retry, resume: true, suspend: why, skip: { output: 1 }
//! expect:
//!   status: completed # or faulted, cancelled, waiting, suspended
//!   output: { id: 7 }
//!   waited: PT7S
//!   tasks: [/do/0/ask, /do/0/ask/try/0/post, /do/0/ask/try/0/post]
//! ```
//!
//! `expect` may also hold `error`, `emitted` and `lifecycle` (the members named must be equal), `calls` (each with
//! `function`, `input` or both), `trace` (`started /do/0/ask`) and, for a definition that must be refused,
//! `problems` (each the beginning of what `flow check` says without its line). For a definition that events start it
//! holds `runs` instead: of each run `at`, `input`, `status` and `output`.

mod form;
mod started;

use std::{collections::HashMap, fmt};

use kernel::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};

pub use form::{Expected, Scenario};
pub use started::{ExpectedRun, Started};

use crate::{
    Catalog, Diagnostic, FlowError, FunctionSpec, Program, RUN_WORKFLOW, RunInfo, RunWorkflow,
    diagnostic::Problems,
    duration,
    memory::{self, Answer, CallRequest, Happening, Moment, Options, Outcome},
    source,
};

/// 2026-01-05T09:00:00Z, a Monday.
const STARTED_AT: i64 = 1_767_603_600;

/// Why a file is no scenario: each problem with its line and column.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidScenario(pub Vec<Diagnostic>);

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    pub what: &'static str,
    pub expected: Value,
    pub found: Value,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.what, self.expected, self.found)
    }
}

impl Scenario {
    /// Reads a scenario's YAML.
    ///
    /// # Errors
    /// When it is no YAML, or not of the form described above.
    pub fn parse(text: &str) -> Result<Self, InvalidScenario> {
        let mut problems = Problems::default();
        let Some(root) = source::read(text, &mut problems) else {
            return Err(InvalidScenario(problems.sorted()));
        };
        let read = Self::deserialize(&root)
            .map_err(|misfit| (misfit.at.unwrap_or(root.at), misfit.path.clone(), misfit.message));
        let checked = read.and_then(|scenario| match scenario.check_values() {
            Ok(()) => Ok(scenario),
            Err((path, message)) => Err((root.nearest(&path).at, path, message)),
        });
        let mut scenario = checked.map_err(|(at, path, message)| {
            problems.add(at, &path, message);
            InvalidScenario(problems.sorted())
        })?;
        if let Some(flow) = scenario.flow.as_object_mut()
            && !flow.contains_key("document")
        {
            let document = json!({ "dsl": "1.0.3", "namespace": "test", "name": "scenario", "version": "1.0.0" });
            flow.shift_insert(0, "document".to_owned(), document);
        }
        Ok(scenario)
    }

    /// What its form does not say. The problem comes with the JSON pointer of its place.
    fn check_values(&self) -> Result<(), (String, String)> {
        let known =
            ["pending", "running", "waiting", "suspended", "cancelled", "faulted", "completed"];
        for (path, status) in self.expect.statuses() {
            if !known.contains(&status) {
                return Err((path, format!("`{status}` is no status of a run")));
            }
        }
        for (path, length) in self.durations() {
            duration::from_json(length).map_err(|reason| (path, reason))?;
        }
        self.check_runs()
    }

    /// Runs it in memory, and says what is not as expected. `beyond` knows functions that the scenario
    /// prepares no answers for.
    pub fn play(&self, beyond: &dyn Catalog) -> Vec<Mismatch> {
        let program = match self.compile(beyond) {
            Ok(program) => program,
            Err(problems) => return self.compare_problems(&problems),
        };
        if self.expect.problems.is_some() {
            let warnings: Vec<String> = program.warnings().iter().map(told).collect();
            return self.compare_problems(&warnings);
        }
        if let Some(runs) = &self.expect.runs {
            return self.compare_starts(&program, runs);
        }
        let run = RunInfo { id: "run".to_owned(), started_at: started_at(), seed: 0 };
        self.compare(&self.rehearse(&program, run))
    }

    /// Its definition.
    ///
    /// # Errors
    /// Every problem, as `expect.problems` has them.
    pub fn compile(&self, beyond: &dyn Catalog) -> Result<Program, Vec<String>> {
        let known = Known { scenario: self, beyond };
        Program::compile(&self.flow.to_string(), &known)
            .map_err(|problems| problems.iter().map(told).collect())
    }

    /// Runs it in memory.
    pub fn rehearse(&self, program: &Program, run: RunInfo) -> Outcome {
        let mut made: HashMap<String, usize> = HashMap::new();
        let mut answer = |request: &CallRequest| {
            let turn = made.entry(request.function.clone()).or_default();
            *turn += 1;
            self.answer(&request.function, &request.input, request.at, *turn - 1)
        };
        let options = Options { given: self.given(), ..Options::of(run, &mut answer) };
        memory::run(program, self.input.clone(), options)
    }

    /// The functions that it prepares answers for.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.answers.keys().map(String::as_str)
    }

    /// What happens to it, and when.
    pub fn given(&self) -> Vec<(Timestamp, Happening)> {
        let started_at = started_at();
        self.given.iter().flat_map(|given| given.happenings(started_at)).collect()
    }

    /// What a function answers the time after it was called `turn` times.
    pub fn answer(&self, function: &str, input: &Value, at: Timestamp, turn: usize) -> Answer {
        let Some(prepared) = self.answers.get(function) else {
            if function == RUN_WORKFLOW {
                return self.run_flow(input, at);
            }
            return Ok(input.clone()).into();
        };
        let all = prepared.all();
        let prepared = all.get(turn).or(all.last()).cloned().unwrap_or_default();
        let result = match prepared.error {
            Some(error) => {
                let mut failed = FlowError::new(error.kind, error.status, error.title);
                failed.detail = error.detail;
                Err(failed)
            }
            None => Ok(prepared.output.unwrap_or(Value::Null)),
        };
        Answer { after_ms: millis(prepared.after.as_ref()), result }
    }

    /// Runs another of its definitions.
    fn run_flow(&self, input: &Value, at: Timestamp) -> Answer {
        let known = Known { scenario: self, beyond: &NothingBeyond };
        let programs: Vec<Program> = std::iter::once(&self.flow)
            .chain(&self.flows)
            .filter_map(|flow| Program::compile(&flow.to_string(), &known).ok())
            .collect();
        let (wanted, program) = match RunWorkflow::read(input, programs.iter()) {
            Ok(found) => found,
            Err(error) => return Err(error).into(),
        };
        if !wanted.awaits {
            return Ok(Value::Null).into();
        }
        let mut answer =
            |request: &CallRequest| self.answer(&request.function, &request.input, request.at, 0);
        let run = RunInfo { id: "child".to_owned(), started_at: at, seed: 0 };
        let options = Options::of(run, &mut answer);
        memory::run(program, wanted.input, options).as_answer(at)
    }

    fn compare_problems(&self, found: &[String]) -> Vec<Mismatch> {
        let expected = self.expect.problems.clone().unwrap_or_default();
        let fits = expected.len() == found.len()
            && expected.iter().zip(found).all(|(wanted, found)| found.starts_with(wanted));
        if fits {
            return Vec::new();
        }
        vec![Mismatch { what: "problems", expected: json!(expected), found: json!(found) }]
    }

    fn compare(&self, outcome: &Outcome) -> Vec<Mismatch> {
        let expect = &self.expect;
        let mut wrong = Vec::new();
        let mut equal = |what: &'static str, expected: Option<Value>, found: Value| {
            if let Some(expected) = expected
                && expected != found
            {
                wrong.push(Mismatch { what, expected, found });
            }
        };
        equal("status", expect.status.as_ref().map(|it| json!(it)), json!(outcome.status));
        equal("output", expect.output.clone(), json!(outcome.output));
        equal("tasks", expect.tasks.as_ref().map(|it| json!(it)), json!(outcome.tasks));
        equal("trace", expect.trace.as_ref().map(|it| json!(it)), json!(outcome.trace));
        let waited = outcome.moments.iter().fold(0, |sum, moment| match moment {
            Moment::Jump(jump) => sum + (jump.to - jump.from).num_milliseconds(),
            Moment::Call(_) => sum,
        });
        let expected = expect.waited.as_ref().map(|it| json!(millis(Some(it))));
        equal("waited (in milliseconds)", expected, json!(waited));
        let calls: Vec<Value> = outcome
            .calls()
            .map(|made| json!({ "function": made.request.function, "input": made.request.input }))
            .collect();
        let emitted: Vec<Value> = outcome.emitted.iter().map(|event| json!(event)).collect();
        let lifecycle: Vec<Value> = outcome
            .lifecycle
            .iter()
            .map(|event| json!({ "type": event.kind, "data": event.data }))
            .collect();
        let error = json!(outcome.error);
        for (what, expected, found) in [
            ("error", expect.error.clone(), error),
            ("calls", expect.calls.as_ref().map(|it| json!(it)), json!(calls)),
            ("emitted", expect.emitted.as_ref().map(|it| json!(it)), json!(emitted)),
            ("lifecycle", expect.lifecycle.as_ref().map(|it| json!(it)), json!(lifecycle)),
        ] {
            if let Some(expected) = expected
                && !has(&found, &expected)
            {
                wrong.push(Mismatch { what, expected, found });
            }
        }
        // A run that stands still says why: most likely that is what somebody wants to know.
        if let (false, Some(reason)) = (wrong.is_empty(), &outcome.reason) {
            let (expected, found) = (Value::Null, json!(reason));
            wrong.push(Mismatch { what: "reason", expected, found });
        }
        if let (None, Some(error)) = (&expect.error, &outcome.error)
            && !wrong.is_empty()
        {
            wrong.push(Mismatch { what: "error", expected: Value::Null, found: json!(error) });
        }
        wrong
    }
}

/// For definitions that call only what is answered.
struct NothingBeyond;

impl Catalog for NothingBeyond {
    fn function(&self, _: &str) -> Option<FunctionSpec<'_>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The functions that the scenario answers, and those beyond it.
struct Known<'a> {
    scenario: &'a Scenario,
    beyond: &'a dyn Catalog,
}

impl Catalog for Known<'_> {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        let prepared =
            || self.scenario.answers.contains_key(name).then_some(FunctionSpec { input: None });
        self.beyond.function(name).or_else(prepared)
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.beyond.names();
        names.extend(self.scenario.answers.keys().cloned());
        names
    }
}

/// When every scenario begins.
pub fn started_at() -> Timestamp {
    Timestamp::from_timestamp(STARTED_AT, 0).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The attributes that an event must have, where the scenario leaves them out.
fn complete(event: Value, at: Timestamp) -> Value {
    let Value::Object(given) = event else { return event };
    let mut whole = json!({
        "specversion": "1.0",
        "id": format!("{}", at.timestamp_millis()),
        "source": "/scenario",
        "time": at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
    });
    if let Some(object) = whole.as_object_mut() {
        object.extend(given);
    }
    whole
}

fn millis(length: Option<&Value>) -> i64 {
    // Checked when the scenario was read.
    length.and_then(|length| duration::from_json(length).ok()).unwrap_or(0)
}

fn told(problem: &Diagnostic) -> String {
    let whole = problem.to_string();
    let (_position, rest) = whole.split_once(' ').unwrap_or(("", &whole));
    rest.to_owned()
}

/// Whether everything that is named in `wanted` is equal in `found`.
fn has(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| found.get(key).is_some_and(|found| has(found, value)))
        }
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| has(f, w))
        }
        (found, wanted) => found == wanted,
    }
}

#[cfg(test)]
mod tests;
