//! Received deliveries as people see them: list, look, replay.

mod get;
mod list;
mod replay;
mod replay_many;

use domain::Operation;
use kernel::{DeliveryId, EventId, RunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::intake;

/// What people do with received webhooks.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        list::operation(),
        get::operation(),
        replay::operation(),
        replay_many::operation(),
        intake::get_intake(),
        intake::get_project_status_change(),
    ]
}

/// A received webhook, without its body.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WebhookView {
    pub(crate) delivery_id: DeliveryId,
    pub(crate) source: String,
    /// The event's type in the sender's words; absent when it gave none.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// `accepted`, `invalid` (stored, answered 422) or `ignored`.
    pub(crate) status: String,
    /// Why it is invalid, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) event_key: Option<String>,
    pub(crate) verified_by: String,
    pub(crate) response_status: i16,
    /// How often it came again.
    pub(crate) duplicates: i32,
    pub(crate) replays: i32,
    pub(crate) event_id: Option<EventId>,
    /// The run it started, once that began.
    pub(crate) run_id: Option<RunId>,
    pub(crate) received_at: Timestamp,
}

/// The type as it is shown: a sender that gave none has none.
fn shown_type(stored: String) -> Option<String> {
    Some(stored).filter(|text| !text.is_empty())
}

/// What the stored answer said was wrong, with each field at fault.
fn reason_of(answer: &[u8]) -> Option<String> {
    let problem: Value = serde_json::from_slice(answer).ok()?;
    let field = |error: &Value| {
        let (pointer, detail) = (error["pointer"].as_str()?, error["detail"].as_str()?);
        Some(format!("{pointer} {detail}").trim().to_owned())
    };
    let fields: Vec<String> =
        problem["errors"].as_array().into_iter().flatten().filter_map(field).collect();
    match fields.len() {
        0 => problem["detail"].as_str().map(str::to_owned),
        _ => Some(fields.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use domain::{FieldError, Problem};

    use super::*;

    fn reason(problem: &Problem) -> Option<String> {
        reason_of(problem.body(None).to_string().as_bytes())
    }

    #[test]
    fn the_reason_is_what_the_sender_was_told() {
        let error = |pointer: &str, detail: &str| FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        };
        let two = Problem::invalid(vec![error("/a", "is required"), error("/b", "is too long")]);
        assert_eq!(reason(&two).as_deref(), Some("/a is required; /b is too long"));
        let whole = Problem::field("", "the body must be a JSON object");
        assert_eq!(reason(&whole).as_deref(), Some("the body must be a JSON object"));
        assert_eq!(reason_of(b"no JSON"), None);
    }

    #[test]
    fn a_sender_without_a_type_has_none() {
        assert_eq!(shown_type(String::new()), None);
        assert_eq!(shown_type("a.b".to_owned()).as_deref(), Some("a.b"));
    }
}
