//! The form of a scenario's file.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::Deserialize;
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

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Prepared {
    Several(Vec<PreparedAnswer>),
    One(PreparedAnswer),
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
pub(super) fn said<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Prepared {
    pub(super) fn all(&self) -> &[PreparedAnswer] {
        match self {
            Self::Several(all) => all,
            Self::One(one) => std::slice::from_ref(one),
        }
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
