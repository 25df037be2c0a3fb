//! The secrets that a call may use, by name.

use std::collections::BTreeMap;

use connector_kit::{CallError, SECRET_MISSING};
use serde_json::Value;

/// Secrets of one tenant: each text or an object of texts.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, Value>);

impl Secrets {
    pub fn new(secrets: BTreeMap<String, Value>) -> Self {
        Self(secrets)
    }

    /// A policy's members: those that stand there, or those of the secret that it names.
    pub(crate) fn follow(&self, policy: Value) -> Result<Value, CallError> {
        let Some(name) = policy.get("use").and_then(Value::as_str) else { return Ok(policy) };
        self.0.get(name).cloned().ok_or_else(|| CallError::Rejected {
            status: 403,
            code: SECRET_MISSING.to_owned(),
            detail: format!("there is no secret `{name}`"),
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}
