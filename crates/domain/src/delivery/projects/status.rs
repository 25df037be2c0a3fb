//! `PATCH /v1/projects/{project_id}/status`

use kernel::{Amount, Money, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{ProjectDetail, ProjectView, StatusText, home_currency, in_currency};
use crate::{
    Caller, Operation, Permission, Principal, Problem, crm::leads, operation, text::ShortText,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeProjectStatus {
    project_id: ProjectId,
    /// Such as `contract_signed`.
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
    /// When it became so, where that was not just now.
    #[serde(default)]
    occurred_at: Option<Timestamp>,
}

/// What became of a change.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangedProject {
    #[serde(flatten)]
    project: ProjectDetail,
    /// False when something newer was applied before; nothing was changed then.
    applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_status: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(change_project_status(ChangeProjectStatus) -> ChangedProject, Permission::WriteProjects)
        .patch("/v1/projects/{project_id}/status")
        .tag("projects")
        .says(
            "Change a project's status",
            "What is left out stays as it is. A change that happened before the last one that was \
             applied changes nothing and says so in `applied`. A change by a person is told to others \
             as `project.status.changed`; one by a flow, which applies what others told us, as \
             `project.updated`.",
        )
        .about("project_id")
        .example(json!({
            "project_id": "proj_01h455vb4pex5vsknk084sn02q",
            "status": "contract_signed",
            "payment_status": "deposit_received",
            "amount_paid": "15000.00",
            "next_milestone": "branding_kickoff",
        }))
}

async fn change_project_status(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ChangeProjectStatus,
) -> Result<ChangedProject, Problem> {
    let before = super::lock(tx, input.project_id).await?;
    let currency = home_currency(tx).await?;
    let is_flow = matches!(caller.principal, Principal::Flow { .. });
    let report_of = Report {
        status: input.status,
        payment_status: input.payment_status,
        amount_paid: in_currency(input.amount_paid, currency, "/amount_paid")?,
        next_milestone: input.next_milestone,
        occurred_at: input.occurred_at,
        is_told: !is_flow,
        ..Report::default()
    };
    let applied = report(tx, &before, &report_of).await?;
    let project = super::load(tx, input.project_id).await?;
    Ok(ChangedProject { project, applied, old_status: applied.then_some(before.status) })
}

/// News of a project. What is none stays as it is.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) status: Option<StatusText>,
    pub(crate) payment_status: Option<StatusText>,
    pub(crate) amount_paid: Option<Money>,
    pub(crate) completion_percentage: Option<i32>,
    pub(crate) next_steps: Option<ShortText>,
    pub(crate) next_milestone: Option<ShortText>,
    pub(crate) occurred_at: Option<Timestamp>,
    /// Whether others are to be told, because it did not come from them.
    pub(crate) is_told: bool,
}

/// Applies news to a project whose row the caller has locked. False when they are older than what was
/// applied before.
pub(crate) async fn report(
    tx: &mut TenantTx,
    before: &ProjectView,
    news: &Report,
) -> Result<bool, Problem> {
    let at = news.occurred_at.unwrap_or_else(|| tx.now());
    if before.last_status_at.is_some_and(|last| at < last) {
        return Ok(false);
    }
    update(tx, before.project_id, news, at).await?;
    if let Some(lead) = before.lead_id
        && (news.payment_status.is_some() || news.amount_paid.is_some())
    {
        let status = news.payment_status.as_ref().map(StatusText::as_str);
        leads::note_payment(tx, lead, status, news.amount_paid).await?;
    }
    let after = super::load(tx, before.project_id).await?.project;
    let is_status_changed = before.status != after.status
        || before.payment_status != after.payment_status
        || before.amount_paid != after.amount_paid;
    let is_changed = is_status_changed
        || before.completion_percentage != after.completion_percentage
        || before.next_steps != after.next_steps
        || before.next_milestone != after.next_milestone;
    if !is_changed {
        return Ok(true);
    }
    let kind = if news.is_told && is_status_changed {
        "project.status.changed"
    } else {
        "project.updated"
    };
    let facts = json!({
        "project_id": after.project_id,
        "lead_id": after.lead_id,
        "external_project_id": after.external_project_id,
        "external_lead_id": after.external_lead_id,
        "old_status": before.status,
        "new_status": after.status,
        "payment_status": after.payment_status,
        "amount_paid": after.amount_paid,
        "next_milestone": after.next_milestone,
        "completion_percentage": after.completion_percentage,
        "occurred_at": at,
    });
    tx.append("delivery", kind, Some(after.project_id.to_string()), facts).await?;
    Ok(true)
}

async fn update(
    tx: &mut TenantTx,
    project: ProjectId,
    news: &Report,
    at: Timestamp,
) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update delivery.project set
            status                = coalesce($2, status),
            payment_status        = coalesce($3, payment_status),
            amount_paid_minor     = coalesce($4, amount_paid_minor),
            amount_paid_currency  = coalesce($5, amount_paid_currency),
            completion_percentage = coalesce($6, completion_percentage),
            next_steps            = coalesce($7, next_steps),
            next_milestone        = coalesce($8, next_milestone),
            last_status_at        = $9,
            updated_at            = $10
        where project_id = $1
        "#,
        project.uuid(),
        news.status.as_ref().map(StatusText::as_str),
        news.payment_status.as_ref().map(StatusText::as_str),
        news.amount_paid.map(Money::minor),
        news.amount_paid.map(|paid| paid.currency().to_string()),
        news.completion_percentage,
        news.next_steps.as_ref().map(ShortText::as_str),
        news.next_milestone.as_ref().map(ShortText::as_str),
        at,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
