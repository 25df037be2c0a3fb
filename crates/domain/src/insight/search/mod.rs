//! Search: one box that finds clients, leads, projects, invoices, runs, events and more.

mod by_id;
mod by_text;
mod find;

use kernel::{Id, Kind, Timestamp, kinds};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{Operation, Permission, billing::invoices};

pub(super) fn operations() -> Vec<Operation> {
    vec![find::operation()]
}

/// How many things one answer has.
const FOUND_MAX: usize = 20;

/// What can be found, in the order of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FoundKind {
    Client,
    Lead,
    Project,
    Invoice,
    Deliverable,
    HumanTask,
    Alert,
    Run,
    Event,
    /// A webhook that was received.
    Webhook,
    /// A webhook that was sent.
    WebhookMessage,
}

impl FoundKind {
    const ALL: [Self; 11] = [
        Self::Client,
        Self::Lead,
        Self::Project,
        Self::Invoice,
        Self::Deliverable,
        Self::HumanTask,
        Self::Alert,
        Self::Run,
        Self::Event,
        Self::Webhook,
        Self::WebhookMessage,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Lead => "lead",
            Self::Project => "project",
            Self::Invoice => "invoice",
            Self::Deliverable => "deliverable",
            Self::HumanTask => "human_task",
            Self::Alert => "alert",
            Self::Run => "run",
            Self::Event => "event",
            Self::Webhook => "webhook",
            Self::WebhookMessage => "webhook_message",
        }
    }

    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How its ids begin.
    fn prefix(self) -> &'static str {
        match self {
            Self::Client => kinds::Client::PREFIX,
            Self::Lead => kinds::Lead::PREFIX,
            Self::Project => kinds::Project::PREFIX,
            Self::Invoice => kinds::Invoice::PREFIX,
            Self::Deliverable => kinds::Deliverable::PREFIX,
            Self::HumanTask => kinds::HumanTask::PREFIX,
            Self::Alert => kinds::Alert::PREFIX,
            Self::Run => kinds::Run::PREFIX,
            Self::Event => kinds::Event::PREFIX,
            Self::Webhook => kinds::Delivery::PREFIX,
            Self::WebhookMessage => kinds::WebhookMessage::PREFIX,
        }
    }

    fn id(self, id: Uuid) -> String {
        // All kinds of ids have the same form.
        let (_, number) = split(&Id::<kinds::Lead>::from(id).to_string());
        format!("{}_{number}", self.prefix())
    }

    fn permission(self) -> Permission {
        match self {
            Self::Client => Permission::ReadClients,
            Self::Lead => Permission::ReadLeads,
            Self::Project => Permission::ReadProjects,
            Self::Invoice => Permission::ReadInvoices,
            Self::Deliverable => Permission::ReadDeliverables,
            Self::HumanTask => Permission::ReadHumanTasks,
            Self::Alert => Permission::ReadAlerts,
            Self::Run => Permission::ReadRuns,
            Self::Event => Permission::ReadEvents,
            Self::Webhook | Self::WebhookMessage => Permission::ReadWebhooks,
        }
    }
}

fn split(id: &str) -> (String, String) {
    let (prefix, number) = id.split_once('_').unwrap_or_default();
    (prefix.to_owned(), number.to_owned())
}

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    kind: FoundKind,
    /// What to ask for it by.
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    /// When it was made, began, happened or came.
    at: Timestamp,
}

/// A row of a search.
struct FoundRow {
    kind: Option<String>,
    id: Option<Uuid>,
    title: Option<String>,
    subtitle: Option<String>,
    at: Option<Timestamp>,
    /// The number of an invoice.
    number: Option<i64>,
}

impl FoundRow {
    fn view(self) -> Option<Found> {
        let kind = FoundKind::of(&self.kind?)?;
        let title = match self.number {
            Some(number) => format!("{} {}", invoices::number_text(number), self.title?),
            None => self.title?,
        };
        let subtitle = self.subtitle.filter(|text| !text.is_empty());
        Some(Found { kind, id: kind.id(self.id?), title, subtitle, at: self.at? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_what_it_says_and_its_ids_are_its_own() {
        let id = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);
        for kind in FoundKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(FoundKind::of(kind.as_str()), Some(kind));
        }
        assert_eq!(FoundKind::Run.id(id), kernel::RunId::from(id).to_string());
        assert_eq!(FoundKind::Webhook.id(id), kernel::DeliveryId::from(id).to_string());
    }
}
