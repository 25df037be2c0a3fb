//! The secrets that a call may use, by name.

use std::{collections::BTreeMap, sync::Arc};

use connector_kit::{Call, CallError, Connector, SECRET_MISSING};
use serde_json::{Map, Value, json};

/// The connection that holds a tenant's secrets.
pub const SECRETS: &str = "secrets";

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
            detail: format!(
                "there is no secret `{name}`; set it with `handoff connection set secrets` (or give `--secret` to \
                 `handoff flow run`)"
            ),
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.len()).finish()
    }
}

/// A connection whose settings are secrets by name, sealed as those of any other. Flows name them in authentication
/// policies.
pub fn secrets_connector() -> Connector {
    let secret = json!({
        "writeOnly": true,
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "object", "additionalProperties": { "type": ["string", "array", "object"] } },
        ],
    });
    Connector {
        id: SECRETS,
        title: "Secrets of flows",
        settings: json!({
            "type": "object",
            "description": "What authentication policies of flows name with `use`: each an object with the policy's members.",
            "additionalProperties": secret,
        }),
        functions: Vec::new(),
        check: Arc::new(|call: Call| {
            Box::pin(async move {
                let secrets: Map<String, Value> = call.connection.settings()?;
                Ok(format!("{} secrets", secrets.len()))
            })
        }),
    }
}
