//! The event envelope: CloudEvents 1.0.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{EventId, Timestamp};

/// What an event tells: ids and facts, as a JSON object.
pub type EventData = Value;

/// Something that happened, as [CloudEvents 1.0](https://github.com/cloudevents/spec).
///
/// Appended in the transaction that made it true. `type` is dotted and past tense
/// (`client.intake.submitted`); `subject` is the id of the thing it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    pub id: EventId,
    pub source: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub time: Timestamp,
    pub data: EventData,
    /// What its emitter chose beside that: an `id` of its own, extension attributes.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// The span it was made in, as W3C Trace Context writes it; not told to others.
    #[serde(skip)]
    pub traceparent: Option<String>,
}

impl Event {
    /// This event as the CloudEvents JSON format writes it.
    pub fn envelope(&self) -> Value {
        let mut envelope = serde_json::json!({
            "specversion": "1.0",
            "id": self.id.to_string(),
            "source": self.source,
            "type": self.kind,
            "time": self.time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "datacontenttype": "application/json",
            "data": self.data,
        });
        if let (Some(subject), Some(object)) = (&self.subject, envelope.as_object_mut()) {
            object.insert("subject".to_owned(), Value::from(subject.as_str()));
        }
        if let Some(object) = envelope.as_object_mut() {
            object.extend(self.attributes.clone());
        }
        envelope
    }
}
