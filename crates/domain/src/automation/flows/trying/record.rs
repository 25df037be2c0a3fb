//! What came of a flow that was tried, as its author sees it.

use std::collections::HashMap;

use flow::{
    Glimpse, Outcome, Seen,
    memory::{self, MadeCall},
};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::{AnsweredBy, Answerer};

/// How many tasks, calls and emitted events are told.
const ENTRIES_MAX: usize = 500;
/// How large a value may be that is told, in bytes of JSON.
const VALUE_MAX: usize = 64 * 1024;
/// How large all of them may be together.
const VALUES_MAX: usize = 2 * 1024 * 1024;

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TriedFlow {
    /// `completed`, `faulted` or `cancelled`; any other where it stands still.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    /// Why it faulted, as the flow language describes errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// Why it did not come to its end, such as that it waits for an event that was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_still: Option<String>,
    started_at: Timestamp,
    /// By its own clock, which jumps over waits.
    ended_at: Timestamp,
    /// In the order in which they began.
    tasks: Vec<TriedTask>,
    /// In the order in which they were made, every attempt.
    calls: Vec<TriedCall>,
    /// The events that it emitted.
    emitted: Vec<Value>,
    /// Names under `answers` that no call asked for, most likely misspelt.
    unused_answers: Vec<String>,
    /// Whether something is left out: of each list all beyond the first 500, and values that are too large.
    is_cut: bool,
}

/// One activation of a task.
#[derive(Debug, Serialize, JsonSchema)]
struct TriedTask {
    /// Its place, as a JSON pointer.
    task: String,
    /// `completed`, `skipped`, `faulted`, `cancelled` or `retrying`; absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// One attempt of a call.
#[derive(Debug, Serialize, JsonSchema)]
struct TriedCall {
    /// The place of its task.
    task: String,
    function: String,
    attempt: u32,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    answered_by: AnsweredBy,
}

/// Collects what is seen while the run goes on.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    tasks: Vec<TriedTask>,
    /// Where each activation is among the tasks.
    places: HashMap<u64, usize>,
    room: Room,
}

/// What is left of the room for values.
#[derive(Debug)]
struct Room {
    left: usize,
    is_cut: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: VALUES_MAX, is_cut: false }
    }
}

impl Room {
    /// The value, if there is room for it.
    fn tell(&mut self, value: &Value) -> Option<Value> {
        let size = serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len());
        if VALUE_MAX < size || self.left < size {
            self.is_cut = true;
            return None;
        }
        self.left -= size;
        Some(value.clone())
    }
}

impl Recorder {
    pub(super) fn see(&mut self, at: Timestamp, glimpse: Glimpse) {
        let Some(task) = self.task(at, &glimpse) else { return };
        match glimpse.seen {
            Seen::Started => {}
            Seen::Given(value) => {
                let input = self.room.tell(&value);
                self.set(task, |it| it.input = input);
            }
            Seen::Gave(value) => {
                let output = self.room.tell(&value);
                self.set(task, |it| it.output = output);
            }
            Seen::Ended(outcome, error) => {
                let error = error.and_then(|error| self.room.tell(&json!(error)));
                self.set(task, |it| {
                    it.outcome = Some(word(outcome).to_owned());
                    it.ended_at = Some(at);
                    it.error = error;
                });
            }
        }
    }

    /// Where the task of a glimpse is told, if it is.
    fn task(&mut self, at: Timestamp, glimpse: &Glimpse) -> Option<usize> {
        if let Some(place) = self.places.get(&glimpse.activation) {
            return Some(*place);
        }
        if ENTRIES_MAX <= self.tasks.len() {
            self.room.is_cut = true;
            return None;
        }
        self.places.insert(glimpse.activation, self.tasks.len());
        self.tasks.push(TriedTask {
            task: glimpse.task.clone(),
            outcome: None,
            started_at: at,
            ended_at: None,
            input: None,
            output: None,
            error: None,
        });
        Some(self.tasks.len() - 1)
    }

    fn set(&mut self, place: usize, change: impl FnOnce(&mut TriedTask)) {
        if let Some(task) = self.tasks.get_mut(place) {
            change(task);
        }
    }

    pub(super) fn finish(
        mut self,
        started_at: Timestamp,
        outcome: &memory::Outcome,
        answerer: &Answerer<'_>,
    ) -> TriedFlow {
        let output = outcome.output.as_ref().and_then(|output| self.room.tell(output));
        let calls = outcome.calls().zip(answerer.made()).take(ENTRIES_MAX);
        let calls = calls.map(|(made, by)| self.call(made, by)).collect();
        let emitted = outcome.emitted.iter().take(ENTRIES_MAX);
        let emitted = emitted.filter_map(|event| self.room.tell(&json!(event))).collect();
        let is_long = ENTRIES_MAX < outcome.emitted.len() || ENTRIES_MAX < outcome.calls().count();
        TriedFlow {
            status: outcome.status.as_str().to_owned(),
            output,
            error: outcome.error.as_ref().map(|error| json!(error)),
            stands_still: outcome.reason.clone(),
            started_at,
            ended_at: outcome.ended_at,
            tasks: self.tasks,
            calls,
            emitted,
            unused_answers: answerer.unused(),
            is_cut: is_long || self.room.is_cut,
        }
    }

    fn call(&mut self, made: &MadeCall, answered_by: AnsweredBy) -> TriedCall {
        let request = &made.request;
        TriedCall {
            task: request.task.clone(),
            function: request.function.clone(),
            attempt: request.attempt,
            at: request.at,
            input: self.room.tell(&request.input),
            output: made.answer.as_ref().ok().and_then(|output| self.room.tell(output)),
            error: made.answer.as_ref().err().and_then(|error| self.room.tell(&json!(error))),
            answered_by,
        }
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Skipped => "skipped",
        Outcome::Faulted => "faulted",
        Outcome::Cancelled => "cancelled",
        Outcome::Retrying => "retrying",
    }
}
