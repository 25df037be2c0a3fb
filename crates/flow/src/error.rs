//! What can go wrong in a run, in the language's own terms.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the standard error types live.
pub const ERRORS: &str = "https://open-workflow-specification.org/spec/1.0.0/errors/";
/// A call was made and nobody knows whether it took effect, so it is not repeated.
pub const OUTCOME_UNKNOWN: &str = "https://handoff.dev/errors/outcome-unknown";

/// How the standard error types were and are written. Definitions and systems in the wild use all
/// four, so they mean the same when errors are matched.
const ALIASES: [&str; 4] = [
    ERRORS,
    "https://open-workflow-specification.org/dsl/errors/types/",
    "https://serverlessworkflow.io/spec/1.0.0/errors/",
    "https://serverlessworkflow.io/dsl/errors/types/",
];

/// The standard error types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    Configuration,
    Validation,
    Expression,
    Authentication,
    Authorization,
    Timeout,
    Communication,
    Runtime,
}

impl Standard {
    pub const ALL: [Self; 8] = [
        Self::Configuration,
        Self::Validation,
        Self::Expression,
        Self::Authentication,
        Self::Authorization,
        Self::Timeout,
        Self::Communication,
        Self::Runtime,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Validation => "validation",
            Self::Expression => "expression",
            Self::Authentication => "authentication",
            Self::Authorization => "authorization",
            Self::Timeout => "timeout",
            Self::Communication => "communication",
            Self::Runtime => "runtime",
        }
    }

    fn status(self) -> u16 {
        match self {
            Self::Configuration | Self::Validation | Self::Expression => 400,
            Self::Authentication => 401,
            Self::Authorization => 403,
            Self::Timeout => 408,
            Self::Communication | Self::Runtime => 500,
        }
    }

    /// The canonical URI.
    pub fn uri(self) -> String {
        format!("{ERRORS}{}", self.name())
    }

    /// An error of this type, with its usual status.
    pub fn error(self, detail: impl Into<String>) -> FlowError {
        FlowError::new(self.uri(), self.status(), format!("{} error", self.name()))
            .with_detail(detail)
    }
}

/// An error in a run, as problem details (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowError {
    #[serde(rename = "type")]
    pub kind: String,
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The task it came from, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// How long the other side asked to be left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl FlowError {
    pub fn new(kind: impl Into<String>, status: u16, title: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            status,
            title: Some(title.into()),
            detail: None,
            instance: None,
            retry_after_ms: None,
        }
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With the place it came from, unless it has one.
    #[must_use]
    pub(crate) fn at(mut self, pointer: &str) -> Self {
        self.instance.get_or_insert_with(|| pointer.to_owned());
        self
    }

    /// Whether a definition that names `kind` means this error.
    pub fn is(&self, kind: &str) -> bool {
        same_kind(&self.kind, kind)
    }

    /// As a value that expressions can read.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title.as_deref().unwrap_or(&self.kind), self.status)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FlowError {}

/// Whether two error types mean the same, whichever family of URIs they are written in.
pub(crate) fn same_kind(left: &str, right: &str) -> bool {
    left == right || matches!((standard(left), standard(right)), (Some(l), Some(r)) if l == r)
}

fn standard(kind: &str) -> Option<Standard> {
    let name = ALIASES.iter().find_map(|family| kind.strip_prefix(family))?;
    Standard::ALL.into_iter().find(|standard| standard.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_families_of_a_standard_type_match_each_other() {
        for left in ALIASES {
            for right in ALIASES {
                for standard in Standard::ALL {
                    let (left, right) = (
                        format!("{left}{}", standard.name()),
                        format!("{right}{}", standard.name()),
                    );
                    assert!(same_kind(&left, &right), "{left} {right}");
                }
            }
        }
    }

    #[test]
    fn different_types_do_not_match() {
        let timeout = Standard::Timeout.uri();
        for other in [
            Standard::Communication.uri(),
            "timeout".to_owned(),
            format!("{ERRORS}timeouts"),
            "https://example.com/spec/1.0.0/errors/timeout".to_owned(),
            String::new(),
        ] {
            assert!(!same_kind(&timeout, &other), "{other}");
        }
        assert!(!same_kind(&format!("{ERRORS}made-up"), &format!("{}made-up", ALIASES[2])));
        assert!(same_kind(OUTCOME_UNKNOWN, OUTCOME_UNKNOWN));
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let mut error = Standard::Communication.error("no route");
        error.retry_after_ms = Some(5);
        let back: FlowError = serde_json::from_value(error.to_json()).unwrap();
        assert_eq!(back, error);
        assert_eq!(error.to_string(), "communication error (500): no route");
        assert_eq!(error.to_json()["type"], format!("{ERRORS}communication"));
    }
}
