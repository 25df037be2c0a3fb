//! What should have been paid or completed by now.

use chrono::NaiveDate;
use kernel::{ClientId, InvoiceId, MilestoneId, Money, ProjectId};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use super::{COUNT_MAX, ITEMS_MAX, Scope, Section};
use crate::{Problem, billing::invoices, delivery::projects};

/// Which kinds the caller may see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kinds {
    pub(super) invoices: bool,
    pub(super) milestones: bool,
}

/// An invoice that was not paid, or a milestone that was not completed, by its day.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Overdue {
    /// `invoice` or `milestone`.
    kind: String,
    /// The invoice's description, or the milestone's name.
    title: String,
    /// In the tenant's time zone.
    due_on: NaiveDate,
    days_overdue: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_id: Option<InvoiceId>,
    /// The invoice's.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    project_id: ProjectId,
    milestone_id: MilestoneId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<String>,
}

pub(super) async fn overdue(
    tx: &mut TenantTx,
    of: Kinds,
    Scope(client): Scope,
) -> Result<Section<Overdue>, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        with tenant as (
            select time_zone, ($1::timestamptz at time zone time_zone)::date as today from identity.tenant
            where tenant_id = $2
        ), late as (
            (select 'invoice' as kind, i.description as title, (i.due_at at time zone t.time_zone)::date as due_on,
                    i.amount_minor, i.currency, i.invoice_id, i.number, i.project_id, i.milestone_id, i.client_id
             from tenant t cross join billing.invoice i
             where $3 and i.status = 'issued' and i.due_at < $1 and ($7::uuid is null or i.client_id = $7)
             order by i.due_at limit $5)
            union all
            (select 'milestone', m.name, m.target_date, m.amount_minor, m.amount_currency, null, null, m.project_id,
                    m.milestone_id, p.client_id
             from tenant t cross join delivery.milestone m
             join delivery.project p on p.project_id = m.project_id
             where $4 and m.completed_at is null and m.target_date < t.today
               and p.status not in ('cancelled', 'completed') and ($7::uuid is null or p.client_id = $7)
             order by m.target_date limit $5)
        )
        select l.kind as "kind!", l.title as "title!", l.due_on as "due_on!", t.today - l.due_on as "days_overdue!",
               l.amount_minor as "amount_minor?", l.currency as "currency?", l.invoice_id as "invoice_id?",
               l.number as "number?", l.project_id as "project_id!", l.milestone_id as "milestone_id!",
               c.client_id as "client_id?", coalesce(c.company_name, p.company_name) as "company_name?",
               least((select count(*) from late), $5) as "count!"
        from late l cross join tenant t
        join delivery.project p on p.project_id = l.project_id
        left join crm.client c on c.client_id = l.client_id
        order by l.due_on, l.kind, l.milestone_id
        limit $6
        "#,
        now,
        tx.tenant().uuid(),
        of.invoices,
        of.milestones,
        COUNT_MAX,
        ITEMS_MAX,
        client.map(ClientId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = rows.first().map_or(0, |row| row.count);
    let mut items = Vec::new();
    for row in rows {
        items.push(Overdue {
            kind: row.kind,
            title: row.title,
            due_on: row.due_on,
            days_overdue: row.days_overdue,
            amount: projects::money(row.amount_minor, row.currency)?,
            invoice_id: row.invoice_id.map(Into::into),
            number: row.number.map(invoices::number_text),
            project_id: row.project_id.into(),
            milestone_id: row.milestone_id.into(),
            client_id: row.client_id.map(Into::into),
            company_name: row.company_name,
        });
    }
    Ok(Section { count, items })
}
