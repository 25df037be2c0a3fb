//! One entry of a timeline.

use std::cmp::Ordering;

use kernel::{
    DeliverableId, DeliveryId, EventId, HumanTaskId, InvoiceId, LeadId, Money, ProjectId, RunId,
    Timestamp, WebhookMessageId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Permission, Place};

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimelineKind {
    /// What the log says of the client and of its leads, projects, deliverables and proposals.
    Event,
    /// An invoice was issued, paid or voided.
    Invoice,
    /// A webhook arrived that started one of the client's runs.
    WebhookReceived,
    /// A subscriber was told.
    WebhookSent,
    RunStarted,
    RunEnded,
    /// An attempt of a call of a run.
    Call,
    HumanTaskAsked,
    HumanTaskEnded,
}

impl TimelineKind {
    pub(super) const ALL: [Self; 9] = [
        Self::Event,
        Self::Invoice,
        Self::WebhookReceived,
        Self::WebhookSent,
        Self::RunStarted,
        Self::RunEnded,
        Self::Call,
        Self::HumanTaskAsked,
        Self::HumanTaskEnded,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Invoice => "invoice",
            Self::WebhookReceived => "webhook_received",
            Self::WebhookSent => "webhook_sent",
            Self::RunStarted => "run_started",
            Self::RunEnded => "run_ended",
            Self::Call => "call",
            Self::HumanTaskAsked => "human_task_asked",
            Self::HumanTaskEnded => "human_task_ended",
        }
    }

    /// Who may see it, besides reading clients.
    pub(super) fn permission(self) -> Permission {
        match self {
            Self::Event => Permission::ReadEvents,
            Self::Invoice => Permission::ReadInvoices,
            Self::WebhookReceived | Self::WebhookSent => Permission::ReadWebhooks,
            Self::RunStarted | Self::RunEnded | Self::Call => Permission::ReadRuns,
            Self::HumanTaskAsked | Self::HumanTaskEnded => Permission::ReadHumanTasks,
        }
    }
}

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TimelineEntry {
    pub(super) at: Timestamp,
    pub(super) kind: TimelineKind,
    /// A sentence.
    pub(super) title: String,
    /// An event's type, or how a call, a run, a task or a sent webhook stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// Who did it: a token, a flow's run, or the name that an answer was given under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) actor: Option<String>,
    /// What a call called: a function of a connector or an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration_ms: Option<i64>,
    /// What a call's AI answers cost, in millionths of a US dollar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost_micros: Option<u64>,
    /// What an invoice is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<Money>,
    pub(super) ids: Ids,
    /// What tells entries of one moment apart, in their order.
    #[serde(skip)]
    pub(super) key: String,
}

/// What an entry is about; what does not apply is absent.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Ids {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_id: Option<EventId>,
    /// The event's place in the log, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delivery_id: Option<DeliveryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<WebhookMessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run_id: Option<RunId>,
    /// A call's number in its run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<i32>,
    /// The step that made a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) human_task_id: Option<HumanTaskId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invoice_id: Option<InvoiceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deliverable_id: Option<DeliverableId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project_id: Option<ProjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lead_id: Option<LeadId>,
}

impl TimelineEntry {
    pub(super) fn new(at: Timestamp, kind: TimelineKind, key: String, title: String) -> Self {
        Self {
            at,
            kind,
            title,
            key,
            status: None,
            actor: None,
            function: None,
            duration_ms: None,
            cost_micros: None,
            amount: None,
            ids: Ids::default(),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::at(self.at, self.key.as_str())
    }

    /// From the newest to the oldest.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (other.at, &other.key).cmp(&(self.at, &self.key))
    }
}

/// Which part of the timeline is wanted: the newest entries before a moment.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) before: Timestamp,
    /// Of entries at that very moment, those with a smaller key.
    pub(super) key: String,
    pub(super) rows: i64,
    pub(super) kinds: Vec<TimelineKind>,
}

impl Part {
    pub(super) fn wants(&self, kind: TimelineKind) -> bool {
        self.kinds.contains(&kind)
    }

    pub(super) fn holds(&self, entry: &TimelineEntry) -> bool {
        self.wants(entry.kind) && (entry.at, &entry.key) < (self.before, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_kind_is_what_entries_say() {
        for kind in TimelineKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
