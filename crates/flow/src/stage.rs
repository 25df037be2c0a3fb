//! What tests and fuzzing run in: a catalog, a clock and a failure.

use kernel::Timestamp;
use serde_json::{Value, json};

use crate::{Catalog, FlowError, FunctionSpec};

pub(crate) struct TestCatalog {
    lead: Value,
}

impl Catalog for TestCatalog {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        match name {
            "create_lead" => Some(FunctionSpec { input: Some(&self.lead) }),
            "echo" | "ai.generate" | "slack.post_message" | "fail" => {
                Some(FunctionSpec { input: None })
            }
            _ => None,
        }
    }

    fn names(&self) -> Vec<String> {
        ["create_lead", "echo", "ai.generate", "slack.post_message", "fail"]
            .map(str::to_owned)
            .to_vec()
    }
}

pub(crate) fn catalog() -> TestCatalog {
    TestCatalog {
        lead: json!({
            "type": "object",
            "properties": { "email": { "type": "string" }, "score": { "type": "integer" } },
            "required": ["email"],
            "additionalProperties": false,
        }),
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a moment that there is")
}

pub(crate) fn failure(kind: &str, status: u16) -> FlowError {
    FlowError::new(kind, status, "failed").with_detail("on purpose")
}

/// Knows every function.
pub(crate) struct Everything;

impl Catalog for Everything {
    fn function(&self, _: &str) -> Option<FunctionSpec<'_>> {
        Some(FunctionSpec { input: None })
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
