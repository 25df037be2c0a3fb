//! A milestone: a part of a project that is due, completed once, and invoiced once.

use kernel::{Amount, Currency, InvoiceId, MilestoneId, Money, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

use super::{LIST_MAX, in_currency, money, names};
use crate::{
    FieldError, Problem,
    text::{Name, ShortText},
};

/// A milestone as it is agreed on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMilestone {
    /// Unique in its project.
    pub(crate) name: Name,
    #[serde(default)]
    pub(crate) target_date: Option<chrono::NaiveDate>,
    /// What will be handed over.
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    pub(crate) deliverables: Vec<Name>,
    /// What it is invoiced with, in the tenant's home currency.
    #[serde(default)]
    pub(crate) amount: Option<Amount>,
}

/// Something that was handed over.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadyDeliverable {
    pub(crate) name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<ShortText>,
    /// Such as `pdf`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Name>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct MilestoneView {
    pub milestone_id: MilestoneId,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_date: Option<chrono::NaiveDate>,
    /// What will be handed over.
    pub deliverables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// What was handed over.
    pub deliverables_ready: Vec<ReadyDeliverable>,
    /// Whether completing it asked for an invoice.
    pub triggers_invoice: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_description: Option<String>,
    /// Its invoice here; the invoice system may have made another where the project is linked to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<InvoiceId>,
}

struct MilestoneRow {
    milestone_id: Uuid,
    name: String,
    target_date: Option<chrono::NaiveDate>,
    deliverables: Vec<String>,
    amount_minor: Option<i64>,
    amount_currency: Option<String>,
    completed_at: Option<Timestamp>,
    deliverables_ready: Value,
    triggers_invoice: bool,
    invoice_description: Option<String>,
    invoice_id: Option<Uuid>,
}

impl TryFrom<MilestoneRow> for MilestoneView {
    type Error = Problem;

    fn try_from(row: MilestoneRow) -> Result<Self, Problem> {
        Ok(Self {
            milestone_id: row.milestone_id.into(),
            name: row.name,
            target_date: row.target_date,
            deliverables: row.deliverables,
            amount: money(row.amount_minor, row.amount_currency)?,
            completed_at: row.completed_at,
            deliverables_ready: serde_json::from_value(row.deliverables_ready)
                .map_err(Problem::internal)?,
            triggers_invoice: row.triggers_invoice,
            invoice_description: row.invoice_description,
            invoice_id: row.invoice_id.map(Into::into),
        })
    }
}

/// A project's milestones: by date, those without one last, then in the order they were made.
pub(super) async fn of_project(
    tx: &mut TenantTx,
    project: ProjectId,
) -> Result<Vec<MilestoneView>, Problem> {
    let rows = sqlx::query_as!(
        MilestoneRow,
        r#"
        select m.milestone_id, m.name, m.target_date, m.deliverables, m.amount_minor,
               m.amount_currency, m.completed_at, m.deliverables_ready, m.triggers_invoice,
               m.invoice_description, i.invoice_id as "invoice_id?"
        from delivery.milestone m
        left join billing.invoice i
            on i.tenant_id = m.tenant_id and i.project_id = m.project_id
           and i.milestone_id = m.milestone_id
        where m.project_id = $1
        order by m.target_date nulls last, m.milestone_id
        "#,
        project.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(MilestoneView::try_from).collect()
}

/// Adds the milestones of a new project.
pub(super) async fn insert(
    tx: &mut TenantTx,
    project: ProjectId,
    milestones: &[NewMilestone],
    currency: Currency,
) -> Result<(), Problem> {
    let now = tx.now();
    for (index, milestone) in milestones.iter().enumerate() {
        let pointer = format!("/milestones/{index}/amount");
        let amount = in_currency(milestone.amount, currency, &pointer)?;
        if amount.is_some_and(|amount| amount.minor() == 0) {
            return Err(Problem::field(
                pointer,
                "must be more than zero; leave it out if nothing is due",
            ));
        }
        let id: MilestoneId = tx.new_id();
        sqlx::query!(
            r#"
            insert into delivery.milestone
                (milestone_id, project_id, name, target_date, deliverables, amount_minor,
                 amount_currency, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
            id.uuid(),
            project.uuid(),
            milestone.name.as_str(),
            milestone.target_date,
            &names(&milestone.deliverables),
            amount.map(Money::minor),
            amount.map(|amount| amount.currency().to_string()),
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Refuses two milestones of one name before the database would.
pub(super) fn require_distinct(milestones: &[NewMilestone]) -> Result<(), Problem> {
    let errors: Vec<FieldError> = milestones
        .iter()
        .enumerate()
        .filter(|(index, milestone)| {
            milestones.iter().take(*index).any(|earlier| earlier.name == milestone.name)
        })
        .map(|(index, _)| FieldError {
            pointer: format!("/milestones/{index}/name"),
            detail: "is the name of an earlier milestone; give each its own".to_owned(),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn two_milestones_of_one_name_are_refused_where_the_second_is() {
        let milestones: Vec<NewMilestone> =
            serde_json::from_value(json!([{ "name": "a" }, { "name": "b" }, { "name": " a " }]))
                .unwrap();
        let refused = require_distinct(&milestones).unwrap_err();
        assert_eq!(refused.errors().len(), 1);
        assert_eq!(refused.errors()[0].pointer, "/milestones/2/name");
    }
}
