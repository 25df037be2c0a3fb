//! What the calls of a flow that is tried are answered.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use engine::Flows;
use flow::{
    FlowError, Program, RUN_WORKFLOW, RunInfo, RunWorkflow, Standard,
    memory::{self, Answer, CallRequest, Options, Stop},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::sample;
use crate::{FieldError, Problem, operation::escape};

/// How deep flows that are tried may run each other.
const DEPTH_MAX: usize = 5;
/// The longest that an answer may take, by the run's own clock.
const AFTER_MAX_MS: i64 = 366 * 24 * 3_600_000;

/// What a call answers: one answer for good, or one after the other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Prepared {
    One(PreparedAnswer),
    Several(#[schemars(length(min = 1, max = 100))] Vec<PreparedAnswer>),
}

/// One answer: what the call gives, or the error that it ends with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreparedAnswer {
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<PreparedError>,
    /// How long it takes, by the run's own clock, such as `PT2S`; no time when left out.
    #[serde(default)]
    after: Option<String>,
}

/// An error as the flow language has them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PreparedError {
    /// A URI, such as `https://example.com/errors/away`.
    #[serde(rename = "type")]
    kind: String,
    #[schemars(range(min = 100, max = 599))]
    status: u16,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnsweredBy {
    /// It is one of those that were given.
    Given,
    /// It was made from what the function says that it gives.
    Sample,
    /// Another flow was tried for it.
    Flow,
}

impl Prepared {
    fn all(&self) -> &[PreparedAnswer] {
        match self {
            Self::One(answer) => std::slice::from_ref(answer),
            Self::Several(answers) => answers,
        }
    }
}

/// A duration in milliseconds.
pub(super) fn millis(text: &str) -> Result<i64, String> {
    let found = flow::duration_ms(&json!(text))?;
    if (0..=AFTER_MAX_MS).contains(&found) {
        Ok(found)
    } else {
        Err("is longer than a year".to_owned())
    }
}

/// What the schema of the input does not say of the answers.
pub(super) fn check(answers: &BTreeMap<String, Prepared>) -> Result<(), Problem> {
    let wrong = answers.iter().flat_map(|(name, prepared)| {
        let afters = prepared.all().iter().filter_map(|answer| answer.after.as_deref());
        afters.filter_map(move |after| {
            let detail = format!("`after`: {}", millis(after).err()?);
            Some(FieldError { pointer: format!("/answers/{}", escape(name)), detail })
        })
    });
    let wrong: Vec<FieldError> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(Problem::invalid(wrong)) }
}

/// Answers the calls of a run and of those that it starts.
pub(super) struct Answerer<'a> {
    known: &'a Flows,
    answers: BTreeMap<String, Prepared>,
    /// The flows that may be run.
    programs: Vec<Arc<Program>>,
    stop: &'a Stop<'a>,
    /// How often each prepared answer was asked for.
    turns: RefCell<HashMap<String, usize>>,
    /// Where the answers of the run itself came from, in the order of its calls.
    made: RefCell<Vec<AnsweredBy>>,
    depth: Cell<usize>,
}

impl<'a> Answerer<'a> {
    pub(super) fn new(
        known: &'a Flows,
        answers: BTreeMap<String, Prepared>,
        programs: Vec<Arc<Program>>,
        stop: &'a Stop<'a>,
    ) -> Self {
        let (turns, made, depth) = (RefCell::default(), RefCell::default(), Cell::new(0));
        Self { known, answers, programs, stop, turns, made, depth }
    }

    /// Where the answers came from, in the order of the calls.
    pub(super) fn made(&self) -> Vec<AnsweredBy> {
        self.made.borrow().clone()
    }

    /// The names of answers that no call asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        let turns = self.turns.borrow();
        self.answers.keys().filter(|name| !turns.contains_key(*name)).cloned().collect()
    }

    pub(super) fn answer(&self, request: &CallRequest) -> Answer {
        let (by, answer) = self.found(request);
        if self.depth.get() == 0 {
            self.made.borrow_mut().push(by);
        }
        answer
    }

    fn found(&self, request: &CallRequest) -> (AnsweredBy, Answer) {
        if let Some(answer) = self.given(&request.task).or_else(|| self.given(&request.function)) {
            return (AnsweredBy::Given, answer);
        }
        if request.function == RUN_WORKFLOW {
            return (AnsweredBy::Flow, self.run_flow(request));
        }
        let known = self.known.function(&request.function);
        let sample = known.map_or(Value::Null, |function| sample::of(&function.output));
        (AnsweredBy::Sample, Ok(sample).into())
    }

    fn given(&self, name: &str) -> Option<Answer> {
        let all = self.answers.get(name)?.all();
        let mut turns = self.turns.borrow_mut();
        let turn = turns.entry(name.to_owned()).or_default();
        let prepared = all.get(*turn).or(all.last())?.clone();
        *turn += 1;
        let result = match prepared.error {
            Some(error) => {
                let mut failed = FlowError::new(error.kind, error.status, error.title);
                failed.detail = error.detail;
                Err(failed)
            }
            None => Ok(prepared.output),
        };
        let after_ms = prepared.after.as_deref().and_then(|after| millis(after).ok());
        Some(Answer { after_ms: after_ms.unwrap_or(0), result })
    }

    fn run_flow(&self, request: &CallRequest) -> Answer {
        let (wanted, program) = match RunWorkflow::read(&request.input, self.programs.iter()) {
            Ok(found) => found,
            Err(error) => return Err(error).into(),
        };
        if !wanted.awaits {
            return Ok(Value::Null).into();
        }
        if DEPTH_MAX <= self.depth.get() {
            let detail =
                format!("flows that are tried run each other {DEPTH_MAX} deep at the most");
            return Err(Standard::Runtime.error(detail)).into();
        }
        self.depth.set(self.depth.get() + 1);
        let mut answer = |request: &CallRequest| self.answer(request);
        let id = format!("run-{}", self.depth.get());
        let run = RunInfo { id, started_at: request.at, seed: 0 };
        let options = Options { stop: Some(self.stop), ..Options::of(run, &mut answer) };
        let outcome = memory::run(program, wanted.input, options);
        self.depth.set(self.depth.get() - 1);
        outcome.as_answer(request.at)
    }
}
