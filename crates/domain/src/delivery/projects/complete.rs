//! `POST /v1/projects/{project_id}/milestones/complete`

use kernel::{Amount, Money, ProjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{
    LIST_MAX, MilestoneView, ProjectDetail, ProjectView, ReadyDeliverable, home_currency,
    in_currency, milestone,
};
use crate::{
    Caller, Operation, Permission, Problem,
    billing::invoices::{self, InvoiceView},
    operation,
    text::{Name, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompleteMilestone {
    project_id: ProjectId,
    /// The milestone's name, as the project has it.
    milestone: Name,
    /// Whether it is to be invoiced.
    #[serde(default)]
    trigger_invoice: bool,
    /// In the tenant's home currency; the milestone's amount when it is left out.
    #[serde(default)]
    invoice_amount: Option<Amount>,
    #[serde(default)]
    invoice_description: Option<ShortText>,
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    completion_percentage: Option<i32>,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    deliverables_ready: Vec<ReadyDeliverable>,
    #[serde(default)]
    next_steps: Option<ShortText>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CompletedMilestone {
    milestone: MilestoneView,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<InvoiceView>,
    project: ProjectDetail,
}

pub(super) fn operation() -> Operation {
    operation!(complete_milestone(CompleteMilestone) -> CompletedMilestone, Permission::WriteProjects)
        .post("/v1/projects/{project_id}/milestones/complete")
        .tag("projects")
        .says(
            "Complete a milestone",
            "A milestone is completed once and told as `milestone.completed`; completing it again \
             changes nothing and answers the same. With `trigger_invoice` it is invoiced once: by the \
             invoice system that the project is linked to, else here.",
        )
        .about("project_id")
        .example(json!({
            "project_id": "proj_01h455vb4pex5vsknk084sn02q",
            "milestone": "Brand Strategy Completed",
            "trigger_invoice": true,
            "invoice_amount": "15000.00",
            "invoice_description": "Milestone 1: Brand Strategy & Guidelines",
            "completion_percentage": 35,
            "deliverables_ready": [{
                "name": "Brand Guidelines",
                "url": "https://storage.agent.example/brand_guidelines.pdf",
                "type": "pdf",
            }],
            "next_steps": "Website design wireframes - starting Monday",
        }))
}

async fn complete_milestone(
    tx: &mut TenantTx,
    _: &Caller,
    input: CompleteMilestone,
) -> Result<CompletedMilestone, Problem> {
    let project = super::lock(tx, input.project_id).await?;
    let completion = Completion {
        milestone: input.milestone,
        milestone_field: "/milestone",
        trigger_invoice: input.trigger_invoice,
        // Whoever keeps the project's books makes its invoices.
        is_invoiced_here: project.external_project_id.is_none(),
        invoice_amount: input.invoice_amount,
        invoice_description: input.invoice_description,
        deliverables_ready: input.deliverables_ready,
    };
    let done = complete(tx, &project, completion).await?;
    if done.newly {
        note_progress(tx, &project, input.completion_percentage, input.next_steps.as_ref()).await?;
        tell(tx, &project, &done.milestone, input.completion_percentage).await?;
    }
    let project = super::load(tx, input.project_id).await?;
    Ok(CompletedMilestone { milestone: done.milestone, invoice: done.invoice, project })
}

async fn note_progress(
    tx: &mut TenantTx,
    project: &ProjectView,
    percentage: Option<i32>,
    next_steps: Option<&ShortText>,
) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update delivery.project set completion_percentage = coalesce($2, completion_percentage),
                                    next_steps = coalesce($3, next_steps), updated_at = $4
        where project_id = $1
        "#,
        project.project_id.uuid(),
        percentage,
        next_steps.map(ShortText::as_str),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn tell(
    tx: &mut TenantTx,
    project: &ProjectView,
    milestone: &MilestoneView,
    percentage: Option<i32>,
) -> Result<(), Problem> {
    let facts = json!({
        "project_id": project.project_id,
        "lead_id": project.lead_id,
        "external_project_id": project.external_project_id,
        "external_lead_id": project.external_lead_id,
        "milestone_id": milestone.milestone_id,
        "milestone": milestone.name,
        "status": project.status,
        "completion_percentage": percentage.unwrap_or(project.completion_percentage),
        "trigger_invoice": milestone.triggers_invoice,
        "invoice_amount": milestone.amount,
        "invoice_id": milestone.invoice_id,
    });
    let subject = Some(project.project_id.to_string());
    tx.append("delivery", "milestone.completed", subject, facts).await?;
    Ok(())
}

/// A milestone said to be complete.
pub(crate) struct Completion {
    pub(crate) milestone: Name,
    /// The field that names it, for problems.
    pub(crate) milestone_field: &'static str,
    pub(crate) trigger_invoice: bool,
    pub(crate) is_invoiced_here: bool,
    pub(crate) invoice_amount: Option<Amount>,
    pub(crate) invoice_description: Option<ShortText>,
    pub(crate) deliverables_ready: Vec<ReadyDeliverable>,
}

pub(crate) struct Completed {
    pub(crate) milestone: MilestoneView,
    pub(crate) invoice: Option<InvoiceView>,
    /// False when it was complete before.
    pub(crate) newly: bool,
}

/// Completes a milestone of a project whose row the caller has locked, and invoices it if asked to.
/// Both happen once, whatever is asked later.
pub(crate) async fn complete(
    tx: &mut TenantTx,
    project: &ProjectView,
    completion: Completion,
) -> Result<Completed, Problem> {
    let known = find(tx, project, &completion).await?;
    let currency = home_currency(tx).await?;
    let amount = in_currency(completion.invoice_amount, currency, "/invoice_amount")?;
    let amount = known.amount.filter(|_| amount.is_none()).or(amount);
    if completion.trigger_invoice && known.invoice_id.is_none() {
        require_amount(amount)?;
    }
    let newly = known.completed_at.is_none();
    if newly || completion.trigger_invoice && !known.triggers_invoice {
        update(tx, &known, &completion, amount).await?;
    }
    if completion.trigger_invoice
        && completion.is_invoiced_here
        && known.invoice_id.is_none()
        && let Some(amount) = amount
    {
        let client = project.client_id.ok_or_else(without_client)?;
        let description = completion.invoice_description.as_ref();
        let description = description.map_or_else(
            || format!("{}: {}", project.name, known.name),
            |it| it.as_str().to_owned(),
        );
        let milestone = (project.project_id, known.milestone_id);
        invoices::issue(tx, client, milestone, &description, amount).await?;
    }
    let milestone = find(tx, project, &completion).await?;
    let invoice = match milestone.invoice_id {
        Some(invoice) => Some(invoices::load(tx, invoice).await?),
        None => None,
    };
    Ok(Completed { milestone, invoice, newly })
}

async fn find(
    tx: &mut TenantTx,
    project: &ProjectView,
    completion: &Completion,
) -> Result<MilestoneView, Problem> {
    let mut milestones = milestone::of_project(tx, project.project_id).await?;
    let wanted = completion.milestone.as_str();
    if let Some(index) = milestones.iter().position(|milestone| milestone.name == wanted) {
        return Ok(milestones.swap_remove(index));
    }
    let known: Vec<String> = milestones.iter().map(|it| format!("`{}`", it.name)).collect();
    let detail = if known.is_empty() {
        "the project has no milestones; create it with the milestones that will be completed"
            .to_owned()
    } else {
        format!("is no milestone of this project; it has {}", known.join(", "))
    };
    Err(Problem::field(completion.milestone_field, detail))
}

fn require_amount(amount: Option<Money>) -> Result<(), Problem> {
    let detail = match amount.map(Money::minor) {
        Some(minor) if 0 < minor => return Ok(()),
        Some(_) => "must be more than zero",
        None => {
            "is required with `trigger_invoice`, because the milestone has no amount of its own"
        }
    };
    Err(Problem::field("/invoice_amount", detail))
}

fn without_client() -> Problem {
    let detail =
        "the project has no lead here, so there is no client to invoice; create it with `lead_id`";
    Problem::field("/trigger_invoice", detail)
}

async fn update(
    tx: &mut TenantTx,
    milestone: &MilestoneView,
    completion: &Completion,
    amount: Option<Money>,
) -> Result<(), Problem> {
    let now = tx.now();
    let ready = if completion.deliverables_ready.is_empty() {
        None
    } else {
        Some(serde_json::to_value(&completion.deliverables_ready).map_err(Problem::internal)?)
    };
    // An amount of nothing is what the table calls none.
    let amount = amount.filter(|amount| 0 < amount.minor());
    sqlx::query!(
        r#"
        update delivery.milestone set
            completed_at        = coalesce(completed_at, $2),
            triggers_invoice    = triggers_invoice or $3,
            invoice_description = coalesce($4, invoice_description),
            deliverables_ready  = coalesce($5, deliverables_ready),
            amount_minor        = coalesce($6, amount_minor),
            amount_currency     = coalesce($7, amount_currency)
        where milestone_id = $1
        "#,
        milestone.milestone_id.uuid(),
        now,
        completion.trigger_invoice,
        completion.invoice_description.as_ref().map(ShortText::as_str),
        ready as Option<Value>,
        amount.map(Money::minor),
        amount.map(|amount| amount.currency().to_string()),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_needs_an_amount_that_is_more_than_nothing() {
        let usd = "USD".parse().unwrap();
        assert!(require_amount(Some(Money::from_minor(1, usd))).is_ok());
        for wrong in [None, Some(Money::from_minor(0, usd))] {
            let refused = require_amount(wrong).unwrap_err();
            assert_eq!(refused.errors()[0].pointer, "/invoice_amount");
        }
    }
}
