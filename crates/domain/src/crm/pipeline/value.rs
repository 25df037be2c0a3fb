//! What clients are worth: their invoices that are not void; without one, the milestones that were agreed on.

use std::collections::HashMap;

use kernel::Money;
use store::TenantTx;
use uuid::Uuid;

use crate::{Caller, Permission, Problem, crm::clients::Stage};

/// Whether the caller may know what clients are worth.
pub(super) fn may_be_seen(caller: &Caller) -> bool {
    caller.may(Permission::ReadInvoices) && caller.may(Permission::ReadProjects)
}

/// The value of each stage, for the clients that hold this text.
pub(super) async fn of_stages(
    tx: &mut TenantTx,
    text: Option<&str>,
) -> Result<HashMap<Stage, Vec<Money>>, Problem> {
    let rows = sqlx::query!(
        r#"
        with found as (
            select client_id, stage from crm.client
            where $1::text is null or 0 < strpos(search_text, lower($1))
        ), invoiced as (
            select client_id, currency, sum(amount_minor) as minor from billing.invoice
            where status <> 'void' group by client_id, currency
        ), agreed as (
            select p.client_id, m.amount_currency as currency, sum(m.amount_minor) as minor
            from delivery.milestone m join delivery.project p on p.project_id = m.project_id
            where m.amount_minor is not null and p.client_id is not null
              and not exists (select from invoiced i where i.client_id = p.client_id)
            group by p.client_id, m.amount_currency
        )
        select f.stage, v.currency as "currency!", sum(v.minor)::bigint as "minor!"
        from (select * from invoiced union all select * from agreed) v join found f on f.client_id = v.client_id
        group by f.stage, v.currency order by f.stage, v.currency
        "#,
        text,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut values: HashMap<Stage, Vec<Money>> = HashMap::new();
    for row in rows {
        let stage = row.stage.parse().map_err(Problem::internal)?;
        let currency = row.currency.parse().map_err(Problem::internal)?;
        values.entry(stage).or_default().push(Money::from_minor(row.minor, currency));
    }
    Ok(values)
}

/// The value of each of these clients.
pub(super) async fn of_clients(
    tx: &mut TenantTx,
    clients: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Money>>, Problem> {
    let rows = sqlx::query!(
        r#"
        with invoiced as (
            select client_id, currency, sum(amount_minor) as minor from billing.invoice
            where client_id = any($1) and status <> 'void' group by client_id, currency
        ), agreed as (
            select p.client_id, m.amount_currency as currency, sum(m.amount_minor) as minor
            from delivery.project p join delivery.milestone m on m.project_id = p.project_id
            where p.client_id = any($1) and m.amount_minor is not null
              and not exists (select from invoiced i where i.client_id = p.client_id)
            group by p.client_id, m.amount_currency
        )
        select client_id as "client_id!", currency as "currency!", minor::bigint as "minor!"
        from (select * from invoiced union all select * from agreed) v order by client_id, currency
        "#,
        clients,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut values: HashMap<Uuid, Vec<Money>> = HashMap::new();
    for row in rows {
        let currency = row.currency.parse().map_err(Problem::internal)?;
        values.entry(row.client_id).or_default().push(Money::from_minor(row.minor, currency));
    }
    Ok(values)
}
