//! `GET /api/v1/leads/{lead_id}`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{our_id, policy};
use crate::{Caller, Operation, Permission, Problem, operation, text::ShortText};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowLead {
    lead_id: ShortText,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ContactInfo {
    name: Option<String>,
    email: String,
    phone: Option<String>,
}

/// A lead as the contract shows it. Fields without a value are null.
#[derive(Debug, Serialize, JsonSchema)]
struct AgentLeadView {
    lead_id: LeadId,
    company_name: String,
    contact_info: ContactInfo,
    /// What the client submitted.
    intake_data: Value,
    /// Such as `signed`; `none` before there is a contract.
    contract_status: String,
    /// Such as `deposit_received`; `unpaid` before anything was paid.
    payment_status: String,
    assigned_team: Vec<String>,
    custom_fields: Value,
}

pub(super) fn operation() -> Operation {
    operation!(show_lead(ShowLead) -> AgentLeadView, Permission::SubmitLeads)
        .get("/api/v1/leads/{lead_id}")
        .tag("assistant")
        .says(
            "Show a lead to the assistant",
            "Who the client is, what it submitted, and where the sale is.",
        )
        .of_contract()
        .about("lead_id")
        .example(json!({ "lead_id": "lead_01h455vb4pex5vsknk084sn02q" }))
}

async fn show_lead(
    tx: &mut TenantTx,
    _: &Caller,
    input: ShowLead,
) -> Result<AgentLeadView, Problem> {
    policy::require_enabled(tx).await?;
    let id: LeadId = our_id(&input.lead_id, "lead")?;
    let row = sqlx::query!(
        r#"
        select c.company_name, c.contact_name, c.email, c.phone, l.intake, l.contract_status,
               l.payment_status, l.assigned_team, l.custom_fields
        from crm.lead l
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        where l.lead_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("lead"))?;
    Ok(AgentLeadView {
        lead_id: id,
        company_name: row.company_name,
        contact_info: ContactInfo { name: row.contact_name, email: row.email, phone: row.phone },
        intake_data: row.intake,
        contract_status: row.contract_status.unwrap_or_else(|| "none".to_owned()),
        payment_status: row.payment_status.unwrap_or_else(|| "unpaid".to_owned()),
        assigned_team: row.assigned_team,
        custom_fields: row.custom_fields,
    })
}
