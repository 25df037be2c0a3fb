//! The two webhooks of the contract: how they are told apart, what becomes of them.

use kernel::{DeliveryId, Timestamp};
use serde_json::{Value, json};

use domain::Problem;

use super::{
    INTAKE_SUBMITTED, PROJECT_STATUS_CHANGED, SOURCE,
    body::{self, IntakeWebhook},
    status::{self, ProjectStatusWebhook},
};

/// What an intake sets in motion, in the words of the sender's contract.
const WORKFLOWS: [&str; 4] = ["branding", "website", "social", "copywriting"];

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Intake,
    ProjectStatus,
}

/// A webhook whose body is as its contract has it.
#[derive(Debug, Clone)]
pub enum Webhook {
    Intake(Box<IntakeWebhook>),
    ProjectStatus(Box<ProjectStatusWebhook>),
}

impl Kind {
    /// The event that an accepted one becomes; the sender's type is the same.
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Intake => INTAKE_SUBMITTED,
            Self::ProjectStatus => PROJECT_STATUS_CHANGED,
        }
    }

    /// Where it is sent to.
    pub fn address(self) -> &'static str {
        match self {
            Self::Intake => "/api/intake",
            Self::ProjectStatus => "/api/project/status",
        }
    }

    /// Reads a body whose signature was checked: everything but its age.
    ///
    /// # Errors
    /// 422 with every field at fault.
    pub fn read(self, body: &[u8]) -> Result<Webhook, Problem> {
        match self {
            Self::Intake => body::read(body).map(Box::new).map(Webhook::Intake),
            Self::ProjectStatus => status::read(body).map(Box::new).map(Webhook::ProjectStatus),
        }
    }
}

/// Reads a stored body again, as what it calls itself.
pub(crate) fn read(body: &[u8]) -> Result<Webhook, Problem> {
    let claimed = body::claimed_type(body);
    let is_status = claimed.as_deref() == Some(PROJECT_STATUS_CHANGED);
    if is_status { Kind::ProjectStatus.read(body) } else { Kind::Intake.read(body) }
}

impl Webhook {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Intake(_) => Kind::Intake,
            Self::ProjectStatus(_) => Kind::ProjectStatus,
        }
    }

    /// The sender's id of the event, by which a repeat is recognised.
    pub fn event_id(&self) -> &str {
        match self {
            Self::Intake(webhook) => &webhook.event_id,
            Self::ProjectStatus(webhook) => &webhook.event_id,
        }
    }

    pub fn timestamp(&self) -> Timestamp {
        match self {
            Self::Intake(webhook) => webhook.timestamp,
            Self::ProjectStatus(webhook) => webhook.timestamp,
        }
    }

    /// The data of its event. Ids and facts only: what people wrote stays in the stored delivery.
    pub fn facts(&self, delivery: DeliveryId) -> Value {
        match self {
            Self::Intake(webhook) => json!({
                "delivery_id": delivery,
                "source": SOURCE,
                "external_lead_id": webhook.external_lead_id(),
            }),
            Self::ProjectStatus(webhook) => {
                let project = &webhook.project_data;
                json!({
                    "delivery_id": delivery,
                    "source": SOURCE,
                    "external_project_id": project.project_id,
                    "external_lead_id": project.lead_id,
                    "old_status": project.old_status,
                    "new_status": project.new_status,
                    "payment_status": project.payment_status,
                    "occurred_at": webhook.timestamp,
                })
            }
        }
    }

    /// What its sender is told, in the shape of the contract.
    pub fn answer(&self) -> Value {
        match self {
            Self::Intake(webhook) => json!({
                "success": true,
                "lead_id": webhook.external_lead_id(),
                "workflows_triggered": WORKFLOWS,
                "event_id": webhook.event_id,
            }),
            Self::ProjectStatus(webhook) => {
                json!({ "success": true, "event_id": webhook.event_id })
            }
        }
    }
}
