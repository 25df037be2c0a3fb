//! Issuing: number, insert, tell. Called by whoever knows why something is due.

use chrono::TimeDelta;
use kernel::{ClientId, InvoiceId, MilestoneId, Money, ProjectId};
use serde_json::json;
use store::TenantTx;

use super::number_text;
use crate::Problem;

/// How long a client has to pay.
const PAYMENT_TERM: TimeDelta = TimeDelta::days(30);

/// Issues the invoice of a milestone that has none. The caller has locked the project's row.
pub(crate) async fn issue(
    tx: &mut TenantTx,
    client: ClientId,
    (project, milestone): (ProjectId, MilestoneId),
    description: &str,
    amount: Money,
) -> Result<InvoiceId, Problem> {
    let (id, now): (InvoiceId, _) = (tx.new_id(), tx.now());
    let (number, currency) = (next_number(tx).await?, amount.currency());
    sqlx::query!(
        r#"
        insert into billing.invoice
            (invoice_id, number, client_id, project_id, milestone_id, description, amount_minor,
             currency, status, issued_at, due_at, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'issued', $9, $10, $9, $9)
        "#,
        id.uuid(),
        number,
        client.uuid(),
        project.uuid(),
        milestone.uuid(),
        description,
        amount.minor(),
        currency.as_str(),
        now,
        now + PAYMENT_TERM,
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({
        "invoice_id": id,
        "number": number_text(number),
        "client_id": client,
        "project_id": project,
        "milestone_id": milestone,
        "amount": amount,
    });
    tx.append("billing", "invoice.issued", Some(id.to_string()), facts).await?;
    Ok(id)
}

/// The tenant's next number. Whoever else wants one waits for the end of this transaction, and gets
/// this one if it is undone.
async fn next_number(tx: &mut TenantTx) -> Result<i64, Problem> {
    let number = sqlx::query_scalar!(
        r#"
        insert into billing.invoice_counter as c (last_number) values (1)
        on conflict (tenant_id) do update set last_number = c.last_number + 1
        returning last_number
        "#
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(number)
}
