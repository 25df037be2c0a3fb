//! `PATCH /v1/leads/{lead_id}/status`

use kernel::{Amount, ClientId, LeadId, Money, ProjectId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::LeadDetail;
use crate::{
    Caller, Operation, Permission, Problem,
    crm::clients::{self, Stage},
    delivery::projects::{StatusText, home_currency, in_currency},
    operation,
    text::ShortText,
};

/// What the sale of a lead is called before anybody says otherwise.
const NEW: &str = "new";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeLeadStatus {
    lead_id: LeadId,
    /// Where the sale is, such as `proposal_sent` or `contract_signed`.
    #[serde(default)]
    status: Option<StatusText>,
    /// Such as `deposit_received`.
    #[serde(default)]
    payment_status: Option<StatusText>,
    /// All that was paid so far, in the tenant's home currency.
    #[serde(default)]
    amount_paid: Option<Amount>,
    #[serde(default)]
    next_milestone: Option<ShortText>,
}

pub(super) fn operation() -> Operation {
    operation!(change_lead_status(ChangeLeadStatus) -> LeadDetail, Permission::WriteLeads)
        .patch("/v1/leads/{lead_id}/status")
        .tag("leads")
        .says(
            "Change where the sale of a lead is",
            "What is left out stays as it is. A change is told to others as `project.status.changed`. A \
             status that begins with `contract_` is the contract's too: `contract_signed` makes \
             `contract_status` `signed`. `proposal_sent` and `contract_signed` move the client on in the \
             pipeline where that is its next step.",
        )
        .about("lead_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "status": "contract_signed",
            "payment_status": "deposit_received",
            "amount_paid": "15000.00",
            "next_milestone": "branding_kickoff",
        }))
}

async fn change_lead_status(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ChangeLeadStatus,
) -> Result<LeadDetail, Problem> {
    let (id, now) = (input.lead_id, tx.now());
    // The client is locked before the lead, the order in which submissions do it.
    let client = sqlx::query!(
        r#"
        select c.client_id, c.stage from crm.client c
        where c.client_id = (select client_id from crm.lead where lead_id = $1)
        for no key update
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("lead"))?;
    let before = super::load(tx, caller, id).await?.lead;
    let currency = home_currency(tx).await?;
    let paid = in_currency(input.amount_paid, currency, "/amount_paid")?;
    let status = input.status.as_ref().map(StatusText::as_str);
    sqlx::query!(
        r#"
        update crm.lead set
            sales_status         = coalesce($2, sales_status),
            contract_status      = coalesce($3, contract_status),
            payment_status       = coalesce($4, payment_status),
            amount_paid_minor    = coalesce($5, amount_paid_minor),
            amount_paid_currency = coalesce($6, amount_paid_currency),
            next_milestone       = coalesce($7, next_milestone),
            updated_at           = $8
        where lead_id = $1
        "#,
        id.uuid(),
        status,
        status.and_then(contract_status),
        input.payment_status.as_ref().map(StatusText::as_str),
        paid.map(Money::minor),
        paid.map(|paid| paid.currency().to_string()),
        input.next_milestone.as_ref().map(ShortText::as_str),
        now,
    )
    .execute(tx.conn())
    .await?;
    let after = super::load(tx, caller, id).await?;
    let view = &after.lead;
    let is_changed = before.sales_status != view.sales_status
        || before.payment_status != view.payment_status
        || before.amount_paid != view.amount_paid
        || before.next_milestone != view.next_milestone;
    if !is_changed {
        return Ok(after);
    }
    let project = project_of(tx, id).await?;
    let facts = json!({
        "project_id": project,
        "lead_id": id,
        "old_status": before.sales_status.as_deref().unwrap_or(NEW),
        "new_status": view.sales_status.as_deref().unwrap_or(NEW),
        "payment_status": view.payment_status,
        "amount_paid": view.amount_paid,
        "next_milestone": view.next_milestone,
        "occurred_at": now,
    });
    tx.append("delivery", "project.status.changed", Some(id.to_string()), facts).await?;
    let stage: Stage = client.stage.parse().map_err(Problem::internal)?;
    if let Some(next) = status.and_then(stage_of)
        && stage.next().contains(&next)
    {
        clients::change_stage(tx, ClientId::from(client.client_id), stage, next).await?;
    }
    Ok(after)
}

/// What a status of the sale says of the contract.
fn contract_status(status: &str) -> Option<&str> {
    status.strip_prefix("contract_").filter(|rest| !rest.is_empty())
}

/// Where a client is whose sale is there.
fn stage_of(status: &str) -> Option<Stage> {
    match status {
        "proposal_sent" => Some(Stage::Proposal),
        "contract_signed" => Some(Stage::Contract),
        _ => None,
    }
}

/// The lead's newest project.
async fn project_of(tx: &mut TenantTx, lead: LeadId) -> Result<Option<ProjectId>, Problem> {
    let project = sqlx::query_scalar!(
        "select project_id from delivery.project where lead_id = $1 order by project_id desc limit 1",
        lead.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(project.map(ProjectId::from))
}

/// Keeps with a lead what was paid for its project.
pub(crate) async fn note_payment(
    tx: &mut TenantTx,
    lead: LeadId,
    payment_status: Option<&str>,
    paid: Option<Money>,
) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update crm.lead set
            payment_status       = coalesce($2, payment_status),
            amount_paid_minor    = coalesce($3, amount_paid_minor),
            amount_paid_currency = coalesce($4, amount_paid_currency),
            updated_at           = $5
        where lead_id = $1
        "#,
        lead.uuid(),
        payment_status,
        paid.map(Money::minor),
        paid.map(|paid| paid.currency().to_string()),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_the_contract_is_told_without_its_prefix() {
        assert_eq!(contract_status("contract_signed"), Some("signed"));
        assert_eq!(contract_status("proposal_sent"), None);
        assert_eq!(contract_status("contract_"), None);
    }
}
