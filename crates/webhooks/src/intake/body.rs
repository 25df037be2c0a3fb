//! What the body of an intake must hold.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use domain::{FieldError, Problem};
use jsonschema::Validator;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::INTAKE_SUBMITTED;

/// How old the body's `timestamp` may be: a sender may retry for days.
const AGE_MAX: chrono::TimeDelta = chrono::TimeDelta::days(7);
/// How far in the future it may lie: clocks differ a little.
const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// The whole body, as the invoice system's contract has it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IntakeWebhook {
    pub event_type: String,
    pub event_id: String,
    pub timestamp: Timestamp,
    pub intake_data: IntakeData,
    #[serde(default)]
    pub invoice_system_metadata: Option<Metadata>,
}

/// What the client told.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IntakeData {
    pub company_name: String,
    pub contact_email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_audience: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub key_services: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub brand_values: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub competitors: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_selling_point: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub project_goals: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<String>,
}

/// What the invoice system knows of it already.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl IntakeWebhook {
    /// The lead's id at the sender, where it named one.
    pub fn external_lead_id(&self) -> Option<&str> {
        self.invoice_system_metadata.as_ref()?.lead_id.as_deref()
    }
}

/// Reads a body whose signature was checked.
///
/// # Errors
/// 422 with every field at fault; 403 when it is too old or from the future.
pub(super) fn parse(
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<IntakeWebhook, Problem> {
    let webhook = read(body)?;
    if let Some(kind) = headers.get("x-mwd-event-type")
        && kind.as_bytes() != webhook.event_type.as_bytes()
    {
        let detail = format!("the header X-MWD-Event-Type must say `{}` too", webhook.event_type);
        return Err(Problem::field("/event_type", detail));
    }
    let age: chrono::TimeDelta = now - webhook.timestamp;
    if AGE_MAX < age || age < -AHEAD_MAX {
        return Err(Problem::new(
            "webhook-stale",
            "the `timestamp` of a webhook may be at most seven days old and five minutes ahead; send the event again with its present time, and check the sender's clock",
        ));
    }
    Ok(webhook)
}

/// Reads a stored body again: everything but its age is checked.
pub(crate) fn read(body: &[u8]) -> Result<IntakeWebhook, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::field("", format!("the body is not JSON: {error}")))?;
    let errors: Vec<FieldError> = SCHEMA
        .iter_errors(&value)
        .map(|error| FieldError {
            pointer: error.instance_path().to_string(),
            detail: explain(&error),
        })
        .collect();
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = format!("/{}", error.path().to_string().replace('.', "/"));
        Problem::field(pointer, error.into_inner().to_string())
    })
}

fn explain(error: &jsonschema::ValidationError<'_>) -> String {
    let text = error.to_string();
    if text.contains("does not match")
        && error.instance_path().to_string().ends_with("contact_email")
    {
        return "must be an e-mail address such as name@example.com".to_owned();
    }
    // The value itself may be long, and private.
    let shown: String = text.chars().take(200).collect();
    shown
}

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the schema below is a constant, compiled by every test"
    )]
    jsonschema::validator_for(&schema()).expect("the intake schema is valid")
});

/// The contract's payload as JSON Schema. Unknown fields are allowed: senders add some.
fn schema() -> Value {
    let text = |max: u32| json!({ "type": ["string", "null"], "maxLength": max });
    let list = json!({
        "type": ["array", "null"], "maxItems": 50, "items": { "type": "string", "maxLength": 500 },
    });
    json!({
        "type": "object",
        "required": ["event_type", "event_id", "timestamp", "intake_data"],
        "properties": {
            "event_type": { "const": INTAKE_SUBMITTED },
            "event_id": { "type": "string", "minLength": 1, "maxLength": 200 },
            "timestamp": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(Z|[+-][0-9]{2}:[0-9]{2})$" },
            "intake_data": {
                "type": "object",
                "required": ["company_name", "contact_email"],
                "properties": {
                    "company_name": { "type": "string", "pattern": "\\S", "maxLength": 200 },
                    "contact_email": { "type": "string", "maxLength": 254, "pattern": "^[^\\s@\\[\\]<>]+@[^\\s@\\[\\]<>]+\\.[^\\s@\\[\\]<>]+$" },
                    "contact_name": text(200),
                    "phone": text(50),
                    "industry": text(200),
                    "target_audience": text(2_000),
                    "key_services": list,
                    "brand_values": list,
                    "competitors": list,
                    "unique_selling_point": text(2_000),
                    "project_goals": list,
                    "budget": text(200),
                    "timeline": text(200),
                },
            },
            "invoice_system_metadata": {
                "type": ["object", "null"],
                "properties": {
                    "lead_id": { "type": ["string", "null"], "maxLength": 200 },
                    "form_id": text(200),
                    "source": text(200),
                    "assigned_to": text(200),
                },
            },
        },
    })
}
