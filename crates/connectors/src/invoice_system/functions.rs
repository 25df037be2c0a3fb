//! What flows can do at the invoice system. Field names are the contract's.

use connector_kit::{Call, CallError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::client;

/// What the AI thinks of a lead.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assessment {
    #[schemars(range(min = 1, max = 10))]
    complexity_score: i64,
    #[schemars(range(min = 1))]
    estimated_hours: i64,
    recommended_package: String,
    ai_generated_summary: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateLead {
    source: String,
    company_name: String,
    contact_email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    industry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget: Option<String>,
    #[serde(default)]
    services_requested: Vec<String>,
    agent_assessment: Assessment,
    intake_form_data: Map<String, Value>,
    /// The lead it has already, when the intake named one: that one is updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_id: Option<String>,
    /// Our own id, by which it knows the same lead again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_ref: Option<String>,
}

/// Ids are opaque text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct CreatedLead {
    lead_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
}

pub(super) async fn create_lead(call: Call, input: CreateLead) -> Result<CreatedLead, CallError> {
    succeeded(client::post(&call, &["leads"], &input).await?.json()?)
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FormattedOutput {
    markdown: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pdf_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notion_page_url: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokensUsed {
    input: u64,
    output: u64,
    /// US dollars; absent when the model's price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<serde_json::Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AttachDeliverable {
    #[schemars(length(min = 1))]
    lead_id: String,
    #[serde(flatten)]
    deliverable: Deliverable,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Deliverable {
    deliverable_type: String,
    generated_at: String,
    ai_model: String,
    content: Map<String, Value>,
    formatted_output: FormattedOutput,
    tokens_used: TokensUsed,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct AttachedDeliverable {
    deliverable_id: String,
    /// All four types are there, so that a proposal can be made.
    #[serde(default)]
    proposal_ready: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposal_url: Option<String>,
}

pub(super) async fn attach_deliverable(
    call: Call,
    input: AttachDeliverable,
) -> Result<AttachedDeliverable, CallError> {
    let path = ["leads", input.lead_id.as_str(), "deliverables"];
    succeeded(client::put(&call, &path, &input.deliverable).await?.json()?)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetLead {
    #[schemars(length(min = 1))]
    lead_id: String,
}

/// A lead as the invoice system has it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Lead {
    lead_id: String,
    #[serde(default)]
    company_name: Option<String>,
    #[serde(default)]
    contact_info: Value,
    #[serde(default)]
    intake_data: Value,
    #[serde(default)]
    contract_status: Option<String>,
    #[serde(default)]
    payment_status: Option<String>,
    #[serde(default)]
    assigned_team: Vec<String>,
    #[serde(default)]
    custom_fields: Value,
}

pub(super) async fn get_lead(call: Call, input: GetLead) -> Result<Lead, CallError> {
    client::get(&call, &["leads", input.lead_id.as_str()]).await?.json()
}

/// Reads an answer that says `success`, as the contract's writes do.
pub(super) fn succeeded<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, CallError> {
    if answer.get("success").and_then(Value::as_bool) == Some(false) {
        let detail: String = answer.to_string().chars().take(500).collect();
        return Err(CallError::Rejected { status: 200, code: "not-successful".to_owned(), detail });
    }
    serde_json::from_value(answer).map_err(|error| CallError::Unreadable {
        detail: format!("the invoice system's answer lacks what it promises: {error}"),
    })
}

/// Asks for a lead that does not exist: with a good key that is a 404, with a bad one a 401.
pub(super) async fn check(call: Call) -> Result<String, CallError> {
    match client::get(&call, &["leads", "connection-check"]).await {
        Ok(_) | Err(CallError::Rejected { status: 404, .. }) => {
            Ok("the invoice system answers and takes the key".to_owned())
        }
        Err(error) => Err(error),
    }
}
