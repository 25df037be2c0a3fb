//! Received deliveries as people see them: list, look, replay.

mod get;
mod list;
mod replay;

use domain::Operation;
use kernel::{DeliveryId, EventId, RunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::intake;

/// The operations of this crate, in reading order.
pub fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), replay::operation(), intake::get_intake()]
}

/// A received webhook, without its body.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WebhookView {
    pub(crate) delivery_id: DeliveryId,
    pub(crate) source: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// `accepted`, `invalid` (stored, answered 422) or `ignored`.
    pub(crate) status: String,
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
