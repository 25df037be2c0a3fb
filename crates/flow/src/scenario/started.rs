//! Scenarios of runs that events start.

use std::collections::HashMap;

use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mismatch, Scenario, form::said, millis, started_at};
use crate::{
    HalfMet, Program, RunInfo,
    memory::{self, CallRequest, Happening, Options, Outcome},
};

/// What must come of one run that events started. What is absent may be anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectedRun {
    /// When it starts, as a duration from the scenario's start.
    pub at: Option<Value>,
    #[serde(deserialize_with = "said")]
    pub input: Option<Value>,
    pub status: Option<String>,
    #[serde(deserialize_with = "said")]
    pub output: Option<Value>,
}

/// A run that events start.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    pub at: Timestamp,
    pub input: Value,
}

impl Scenario {
    /// Whether events start its runs, rather than the scenario itself.
    pub fn is_started_by_events(&self) -> bool {
        self.expect.runs.is_some()
    }

    pub(super) fn check_runs(&self) -> Result<(), (String, String)> {
        if self.expect.runs.is_none() {
            return Ok(());
        }
        let expect = &self.expect;
        let others = [
            ("status", expect.status.is_some()),
            ("output", expect.output.is_some()),
            ("error", expect.error.is_some()),
            ("tasks", expect.tasks.is_some()),
            ("trace", expect.trace.is_some()),
            ("calls", expect.calls.is_some()),
            ("emitted", expect.emitted.is_some()),
            ("lifecycle", expect.lifecycle.is_some()),
            ("waited", expect.waited.is_some()),
            ("problems", expect.problems.is_some()),
        ];
        if let Some((name, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let message = "`runs` stands alone: events start the runs".to_owned();
            return Err((format!("/expect/{name}"), message));
        }
        if !self.input.is_null() {
            let message = "with `expect.runs` the input is what the events bring".to_owned();
            return Err(("/input".to_owned(), message));
        }
        if let Some(place) = self.given.iter().position(|given| given.event.is_none()) {
            let message = "with `expect.runs` only events can be given".to_owned();
            return Err((format!("/given/{place}"), message));
        }
        Ok(())
    }

    /// The events that are given, in the order in which they come.
    fn events(&self) -> Vec<(Timestamp, Value)> {
        let mut events: Vec<(Timestamp, Value)> = self
            .given()
            .into_iter()
            .filter_map(|(at, happening)| match happening {
                Happening::Event(event) => Some((at, event)),
                _ => None,
            })
            .collect();
        events.sort_by_key(|(at, _)| *at);
        events
    }

    /// The runs that its events start, in order.
    pub fn starts(&self, program: &Program) -> Vec<Started> {
        let mut starts = Vec::new();
        let mut sets: Vec<(HalfMet, Vec<Value>)> = Vec::new();
        for (at, event) in self.events() {
            if !program.gathers() {
                if program.starts_on(&event, at) {
                    starts.push(Started { at, input: program.input_of(&event) });
                }
                continue;
            }
            let known: Vec<HalfMet> = sets.iter().map(|(set, _)| set.clone()).collect();
            let Some(fitting) = program.gather(&known, &event, at) else { continue };
            let place = fitting.set.unwrap_or_else(|| {
                sets.push((HalfMet::default(), Vec::new()));
                sets.len() - 1
            });
            if let Some((set, events)) = sets.get_mut(place) {
                events.push(event);
                if fitting.is_complete {
                    starts.push(Started { at, input: program.input_of_all(&*events) });
                } else {
                    set.add(&fitting);
                }
            }
            if fitting.is_complete {
                sets.remove(place);
            }
        }
        starts
    }

    /// Runs in memory what its events start, one after the other. A run hears the events that come after its start.
    /// `ids` names the runs; those beyond it are named by their number.
    pub fn rehearse_starts(&self, program: &Program, ids: &[RunInfo]) -> Vec<Outcome> {
        let mut made: HashMap<String, usize> = HashMap::new();
        let mut answer = |request: &CallRequest| {
            let turn = made.entry(request.function.clone()).or_default();
            *turn += 1;
            self.answer(&request.function, &request.input, request.at, *turn - 1)
        };
        let mut outcomes = Vec::new();
        for (number, Started { at, input }) in self.starts(program).into_iter().enumerate() {
            let unnamed = || RunInfo { id: format!("run-{number}"), started_at: at, seed: 0 };
            let run = ids.get(number).cloned().unwrap_or_else(unnamed);
            let later = self.events().into_iter().filter(|(event_at, _)| at < *event_at);
            let given = later.map(|(at, event)| (at, Happening::Event(event))).collect();
            let options = Options { given, ..Options::of(run, &mut answer) };
            outcomes.push(memory::run(program, input, options));
        }
        outcomes
    }

    pub(super) fn compare_starts(
        &self,
        program: &Program,
        expected: &[ExpectedRun],
    ) -> Vec<Mismatch> {
        let starts = self.starts(program);
        let found: Vec<Value> = self
            .rehearse_starts(program, &[])
            .into_iter()
            .zip(&starts)
            .map(|(outcome, start)| {
                json!({
                    "at": (start.at - started_at()).num_milliseconds(),
                    "input": start.input,
                    "status": outcome.status,
                    "output": outcome.output,
                })
            })
            .collect();
        let wanted: Vec<Value> = expected.iter().map(ExpectedRun::named).collect();
        let (expected, found) = (Value::Array(wanted), Value::Array(found));
        if is_as_named(&found, &expected) {
            return Vec::new();
        }
        vec![Mismatch { what: "runs", expected, found }]
    }
}

impl ExpectedRun {
    /// What it names, as it is compared.
    fn named(&self) -> Value {
        let mut named = serde_json::Map::new();
        let at = self.at.as_ref().map(|at| json!(millis(Some(at))));
        let status = self.status.as_ref().map(|status| json!(status));
        let members = [
            ("at", at),
            ("input", self.input.clone()),
            ("status", status),
            ("output", self.output.clone()),
        ];
        for (name, value) in members {
            named.extend(value.map(|value| (name.to_owned(), value)));
        }
        Value::Object(named)
    }
}

/// Whether the runs are as many, and each as its members say.
fn is_as_named(found: &Value, expected: &Value) -> bool {
    let (Value::Array(found), Value::Array(expected)) = (found, expected) else { return false };
    found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| {
            expected.as_object().is_some_and(|named| {
                named.iter().all(|(name, value)| found.get(name) == Some(value))
            })
        })
}
