//! The invoice system: leads, the deliverables attached to them, projects and their milestones' invoices.
//!
//! Auth: bearer key. Limit: 100 requests a minute. Writes carry an `Idempotency-Key`: the other
//! side answers a repeat with the first answer, and a key with another request with 422.

mod client;
mod functions;
mod projects;
pub mod simulator;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_kit::{Connector, Effect, Function};
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A tenant's settings, both for calling it and for the webhooks it sends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the secrets of its webhooks are read where webhooks are verified")]
pub(crate) struct Settings {
    /// Where it is, such as `https://invoices.example`; the path `/api/v1` is added.
    #[schemars(regex(pattern = r"^https?://\S+$"))]
    pub(crate) base_url: String,
    /// Our key there.
    #[schemars(length(min = 1))]
    pub(crate) api_key: Secret,
    /// The secret that signs the webhooks it sends.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) webhook_secret: Option<Secret>,
    /// The secret before it, while one replaces the other.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) previous_webhook_secret: Option<Secret>,
    /// The bearer token it presents, where that is not a token of ours.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) shared_token: Option<Secret>,
}

/// The connector.
pub fn connector() -> Connector {
    Connector {
        id: "invoice_system",
        title: "Invoice system",
        settings: schemars::schema_for!(Settings).to_value(),
        functions: vec![
            Function::new(
                "create_lead",
                "Creates a lead, or finds the one that an earlier try created.",
                Effect::Keyed,
                functions::create_lead,
            ),
            Function::new(
                "attach_deliverable",
                "Attaches a deliverable to a lead; one of the same type is replaced.",
                Effect::Keyed,
                functions::attach_deliverable,
            ),
            Function::new(
                "create_project",
                "Creates a project with its milestones, or finds the one that an earlier try created.",
                Effect::Keyed,
                projects::create_project,
            ),
            Function::new(
                "update_project_status",
                "Tells how far a project is; with `trigger_invoice` the milestone is invoiced, once.",
                Effect::Keyed,
                projects::update_project_status,
            ),
            Function::new("get_lead", "Reads a lead.", Effect::Read, functions::get_lead),
        ],
        check: Arc::new(|call| Box::pin(functions::check(call))),
    }
}
