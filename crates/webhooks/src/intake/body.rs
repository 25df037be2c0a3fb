//! What the body of an intake must hold.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use domain::{Problem, operation::InputSchema};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{INTAKE_SUBMITTED, Kind, Webhook};

/// How old the body's `timestamp` may be: a sender may retry for days.
const AGE_MAX: chrono::TimeDelta = chrono::TimeDelta::days(7);
/// How far in the future it may lie: clocks differ a little.
const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// How long the name of an event's type may be.
const TYPE_BYTES_MAX: usize = 200;

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
    /// Answers to questions that are not the contract's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Map<String, Value>>,
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
    kind: Kind,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Webhook, Problem> {
    let webhook = kind.read(body)?;
    if let Some(said) = headers.get("x-mwd-event-type")
        && said.as_bytes() != kind.event_type().as_bytes()
    {
        let detail = format!("the header X-MWD-Event-Type must say `{}` too", kind.event_type());
        return Err(Problem::field("/event_type", detail));
    }
    let age: chrono::TimeDelta = now - webhook.timestamp();
    let off = if AGE_MAX < age {
        "lies more than seven days in the past"
    } else if age < -AHEAD_MAX {
        "lies more than five minutes in the future"
    } else {
        return Ok(webhook);
    };
    let detail = format!(
        "the `timestamp` of the body {off}; check the sender's clock, and send the event again with its present time"
    );
    Err(Problem::new("webhook-stale", detail))
}

/// What a body calls itself, where it says so in a form that can be kept.
pub(super) fn claimed_type(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let claimed = value.get("event_type")?.as_str()?.trim();
    let is_kept = !claimed.is_empty()
        && claimed.len() <= TYPE_BYTES_MAX
        && !claimed.chars().any(char::is_control);
    is_kept.then(|| claimed.to_owned())
}

pub(super) fn read(body: &[u8]) -> Result<IntakeWebhook, Problem> {
    read_with(&SCHEMA, body)
}

/// Reads a body as JSON of a schema, and then as its type.
pub(super) fn read_with<T: DeserializeOwned>(
    schema: &InputSchema,
    body: &[u8],
) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::field("", format!("the body must be a JSON object: {error}")))?;
    if !value.is_object() {
        return Err(Problem::field("", "the body must be a JSON object"));
    }
    let errors = schema.errors(&value);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = format!("/{}", error.path().to_string().replace('.', "/"));
        Problem::field(pointer, error.into_inner().to_string())
    })
}

static SCHEMA: LazyLock<InputSchema> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the schema below is a constant, compiled by every test"
    )]
    InputSchema::compile(&schema()).expect("the intake schema is valid")
});

/// A moment, as both webhooks have it.
pub(super) fn timestamp_schema() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(Z|[+-][0-9]{2}:[0-9]{2})$",
        "title": "a date and time",
        "examples": ["2026-11-21T09:30:00Z"],
    })
}

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
            "timestamp": timestamp_schema(),
            "intake_data": {
                "type": "object",
                "required": ["company_name", "contact_email"],
                "properties": {
                    "company_name": { "type": "string", "pattern": "\\S", "maxLength": 200 },
                    "contact_email": { "type": "string", "maxLength": 254, "pattern": "^[^\\s@\\[\\]<>]+@[^\\s@\\[\\]<>]+\\.[^\\s@\\[\\]<>]+$", "title": "an e-mail address", "examples": ["name@example.com"] },
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
                    "custom_fields": { "type": ["object", "null"], "maxProperties": 60 },
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

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> Value {
        json!({
            "event_type": INTAKE_SUBMITTED, "event_id": "1", "timestamp": "2026-11-21T09:30:00Z",
            "intake_data": { "company_name": "Ada & Co", "contact_email": "ada@example.com" },
        })
    }

    fn refused(body: &Value) -> Problem {
        read(body.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_no_object_is_told_so_without_naming_a_field() {
        for body in ["[]", "1", "null", "\"text\""] {
            let problem = read(body.as_bytes()).unwrap_err();
            assert_eq!(problem.detail(), "the body must be a JSON object", "{body}");
        }
        let problem = read(b"{").unwrap_err();
        assert!(problem.detail().starts_with("the body must be a JSON object: "), "{problem:?}");
    }

    #[test]
    fn a_missing_field_is_pointed_at_and_a_wrong_one_is_told_in_words() {
        let mut body = valid();
        assert!(read(body.to_string().as_bytes()).is_ok());
        body["event_type"] = json!("client.intake.deleted");
        body["timestamp"] = json!("yesterday");
        body["intake_data"] = json!({ "contact_email": "nobody" });
        let problem = refused(&body);
        let mut told: Vec<(&str, &str)> = problem
            .errors()
            .iter()
            .map(|error| (error.pointer.as_str(), error.detail.as_str()))
            .collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("/event_type", "must be `client.intake.submitted`"),
                ("/intake_data/company_name", "is required"),
                (
                    "/intake_data/contact_email",
                    "must be an e-mail address such as `name@example.com`"
                ),
                ("/timestamp", "must be a date and time such as `2026-11-21T09:30:00Z`"),
            ]
        );
        let mut body = valid();
        body["intake_data"]["company_name"] = json!(" ");
        assert_eq!(refused(&body).errors()[0].detail, "must not be empty");
    }

    #[test]
    fn a_time_that_is_off_says_in_which_direction() {
        let sent: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
        let at = |now: Timestamp| {
            parse(Kind::Intake, &HeaderMap::new(), valid().to_string().as_bytes(), now)
        };
        assert!(at(sent).is_ok());
        for (shift, word) in [(AGE_MAX, "past"), (-AHEAD_MAX, "future")] {
            assert!(at(sent + shift).is_ok());
            let problem = at(sent + shift + shift / 2).unwrap_err();
            assert_eq!(problem.code(), "webhook-stale");
            assert!(problem.detail().contains(word), "{}", problem.detail());
        }
    }

    #[test]
    fn the_senders_own_word_for_the_type_is_kept_if_it_can_be() {
        let claimed = |body: &str| claimed_type(body.as_bytes());
        assert_eq!(claimed(r#"{"event_type":"invoice.paid"}"#).as_deref(), Some("invoice.paid"));
        let long = format!(r#"{{"event_type":"{}"}}"#, "x".repeat(201));
        for body in ["[]", "{", "{}", r#"{"event_type":5}"#, r#"{"event_type":"a\u0000"}"#, &long] {
            assert_eq!(claimed(body), None, "{body}");
        }
    }
}
