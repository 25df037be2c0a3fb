//! The form of a scenario's file.

use std::{collections::BTreeMap, fmt};

use kernel::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use super::{ExpectedRun, complete, millis};
use crate::{duration, memory::Happening};

/// A scenario, read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub title: String,
    /// The definition as JSON.
    pub flow: Value,
    #[serde(default)]
    pub input: Value,
    /// Other definitions, which this one may run.
    #[serde(default)]
    pub flows: Vec<Value>,
    #[serde(default)]
    pub(super) answers: BTreeMap<String, Prepared>,
    #[serde(default)]
    pub(super) given: Vec<Given>,
    pub expect: Expected,
}

/// What a function answers: one answer for good, or one after the other.
#[derive(Debug, Clone)]
pub(super) struct Prepared(Vec<PreparedAnswer>);

impl<'de> Deserialize<'de> for Prepared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Answers)
    }
}

struct Answers;

impl<'de> Visitor<'de> for Answers {
    type Value = Prepared;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer, or a list of answers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, answers: A) -> Result<Prepared, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(answers)).map(Prepared)
    }

    fn visit_map<A: MapAccess<'de>>(self, answer: A) -> Result<Prepared, A::Error> {
        PreparedAnswer::deserialize(MapAccessDeserializer::new(answer))
            .map(|answer| Prepared(vec![answer]))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreparedAnswer {
    pub(super) output: Option<Value>,
    pub(super) error: Option<PreparedError>,
    #[serde(default)]
    pub(super) after: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PreparedError {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: u16,
    #[serde(default)]
    pub(super) title: String,
    pub(super) detail: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) at: Option<Value>,
    pub(super) event: Option<Value>,
    pub(super) cancel: Option<String>,
    #[serde(default)]
    pub(super) retry: bool,
    skip: Option<Skip>,
    suspend: Option<String>,
    #[serde(default)]
    resume: bool,
}

/// What a task that is skipped is said to have given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    output: Option<Value>,
}

/// What must come of it. What is absent may be anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expected {
    pub status: Option<String>,
    #[serde(deserialize_with = "said")]
    pub output: Option<Value>,
    #[serde(deserialize_with = "said")]
    pub error: Option<Value>,
    pub tasks: Option<Vec<String>>,
    pub trace: Option<Vec<String>>,
    pub calls: Option<Vec<Value>>,
    pub emitted: Option<Vec<Value>>,
    /// The lifecycle events, each with `type` and `data`.
    pub lifecycle: Option<Vec<Value>>,
    /// The time that passes, as a duration.
    pub waited: Option<Value>,
    pub problems: Option<Vec<String>>,
    /// The runs that the given events start. Nothing else is expected then.
    pub runs: Option<Vec<ExpectedRun>>,
}

/// A value that is there, be it null.
pub(super) fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Scenario {
    /// The lengths of time in it, each with its JSON pointer.
    pub(super) fn durations(&self) -> impl Iterator<Item = (String, &Value)> {
        let answers = self.answers.iter().flat_map(|(name, prepared)| {
            // A single answer has no place of its own; the nearest part that there is, is the answer.
            prepared.all().iter().enumerate().filter_map(move |(place, answer)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                Some((format!("/answers/{name}/{place}/after"), answer.after.as_ref()?))
            })
        });
        let given = self.given.iter().enumerate().filter_map(|(place, given)| {
            given.at.as_ref().map(|at| (format!("/given/{place}/at"), at))
        });
        let waited = self.expect.waited.iter().map(|waited| ("/expect/waited".to_owned(), waited));
        let runs = self.expect.runs.iter().flatten().enumerate().filter_map(|(place, run)| {
            run.at.as_ref().map(|at| (format!("/expect/runs/{place}/at"), at))
        });
        answers.chain(given).chain(waited).chain(runs)
    }
}

impl Expected {
    /// The statuses of runs that it names, each with its JSON pointer.
    pub(super) fn statuses(&self) -> impl Iterator<Item = (String, &str)> {
        let own = self.status.iter().map(|status| ("/expect/status".to_owned(), status.as_str()));
        own.chain(self.runs.iter().flatten().enumerate().filter_map(|(place, run)| {
            Some((format!("/expect/runs/{place}/status"), run.status.as_deref()?))
        }))
    }
}

impl Prepared {
    pub(super) fn all(&self) -> &[PreparedAnswer] {
        &self.0
    }
}

impl Given {
    pub(super) fn happenings(&self, started_at: Timestamp) -> Vec<(Timestamp, Happening)> {
        let at = duration::after(started_at, millis(self.at.as_ref()));
        let event = self.event.clone().map(|event| Happening::Event(complete(event, at)));
        let cancel = self.cancel.clone().map(Happening::Cancel);
        let retry = self.retry.then_some(Happening::Retry);
        let skip = self.skip.clone().map(|skip| Happening::Skip(skip.output));
        let suspend = self.suspend.clone().map(Happening::Suspend);
        let resume = self.resume.then_some(Happening::Resume);
        [event, cancel, retry, skip, suspend, resume]
            .into_iter()
            .flatten()
            .map(|happening| (at, happening))
            .collect()
    }
}
