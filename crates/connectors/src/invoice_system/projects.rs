//! Projects at the invoice system. Field names are the contract's.

use connector_kit::{Call, CallError};
use kernel::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{client, functions::succeeded};

/// A part of a project that is done at once, and may be invoiced then.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Milestone {
    name: String,
    /// `2026-12-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_date: Option<String>,
    #[serde(default)]
    deliverables: Vec<String>,
}

/// Where the work is done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Workspace {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notion_project_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slack_channel: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateProject {
    /// The lead's id at the invoice system.
    lead_id: String,
    project_name: String,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    estimated_completion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent_workspace: Option<Workspace>,
    #[serde(default)]
    milestones: Vec<Milestone>,
}

/// Ids are opaque text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct CreatedProject {
    project_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project_url: Option<String>,
}

pub(super) async fn create_project(
    call: Call,
    input: CreateProject,
) -> Result<CreatedProject, CallError> {
    succeeded(client::post(&call, &["projects"], &input).await?.json()?)
}

/// Something that the client can have.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ready {
    name: String,
    url: String,
    /// Such as `pdf`.
    r#type: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateProjectStatus {
    /// The project's id at the invoice system.
    #[schemars(length(min = 1))]
    project_id: String,
    /// Such as `branding_complete`.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    completion_percentage: Option<u8>,
    #[serde(default)]
    milestone_completed: Option<String>,
    #[serde(default)]
    deliverables_ready: Vec<Ready>,
    #[serde(default)]
    next_steps: Option<String>,
    /// Makes the milestone's invoice.
    #[serde(default)]
    trigger_invoice: bool,
    #[serde(default)]
    invoice_amount: Option<Amount>,
    #[serde(default)]
    invoice_description: Option<String>,
}

/// The wire's form: what is not said is left out, and the amount is a number with its decimals.
#[derive(Serialize)]
struct StatusUpdate<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_percentage: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    milestone_completed: Option<&'a str>,
    deliverables_ready: &'a [Ready],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_steps: Option<&'a str>,
    trigger_invoice: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_description: Option<&'a str>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct UpdatedProject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The invoice of the milestone, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_url: Option<String>,
}

pub(super) async fn update_project_status(
    call: Call,
    input: UpdateProjectStatus,
) -> Result<UpdatedProject, CallError> {
    let update = StatusUpdate {
        status: input.status.as_deref(),
        completion_percentage: input.completion_percentage,
        milestone_completed: input.milestone_completed.as_deref(),
        deliverables_ready: &input.deliverables_ready,
        next_steps: input.next_steps.as_deref(),
        trigger_invoice: input.trigger_invoice,
        invoice_amount: input.invoice_amount.map(number).transpose()?,
        invoice_description: input.invoice_description.as_deref(),
    };
    let path = ["projects", input.project_id.as_str(), "status"];
    succeeded(client::patch(&call, &path, &update).await?.json()?)
}

/// An amount as a JSON number with at least two decimals, digit by digit.
fn number(amount: Amount) -> Result<Box<RawValue>, CallError> {
    let text = amount.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    RawValue::from_string(format!("{whole}.{fraction:0<2}")).map_err(|error| CallError::Rejected {
        status: 0,
        code: "amount-invalid".to_owned(),
        detail: format!("the amount {text} cannot be written as a number: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_with_its_decimals() {
        for (text, written) in [
            ("15000", "15000.00"),
            ("15000.5", "15000.50"),
            ("0.07", "0.07"),
            ("1.234", "1.234"),
            ("999999999999999.99", "999999999999999.99"),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(number(amount).unwrap().get(), written);
        }
    }
}
