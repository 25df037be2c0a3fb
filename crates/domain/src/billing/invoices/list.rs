//! `GET /v1/invoices`

use kernel::{ClientId, ProjectId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{InvoiceRow, InvoiceStatus, InvoiceView};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListInvoices {
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(default)]
    project_id: Option<ProjectId>,
    #[serde(default)]
    status: Option<InvoiceStatus>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_invoices(ListInvoices) -> Page<InvoiceView>, Permission::ReadInvoices)
        .get("/v1/invoices")
        .tag("invoices")
        .says("List invoices", "Newest first.")
        .example(json!({ "status": "issued", "limit": 20 }))
}

async fn list_invoices(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListInvoices,
) -> Result<Page<InvoiceView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        InvoiceRow,
        r#"
        select i.invoice_id, i.number, i.client_id, c.company_name, i.project_id, i.milestone_id,
               m.name as milestone, i.description, i.amount_minor, i.currency, i.status, i.issued_at,
               i.due_at, i.paid_at, i.payment_reference, i.void_reason, i.created_at, i.updated_at
        from billing.invoice i
        join crm.client c on c.tenant_id = i.tenant_id and c.client_id = i.client_id
        join delivery.milestone m
            on m.tenant_id = i.tenant_id and m.milestone_id = i.milestone_id
        where ($1::uuid is null or i.client_id = $1)
          and ($2::uuid is null or i.project_id = $2)
          and ($3::text is null or i.status = $3)
          and ($4::uuid is null or i.invoice_id < $4)
        order by i.invoice_id desc
        limit $5
        "#,
        input.client_id.map(ClientId::uuid),
        input.project_id.map(ProjectId::uuid),
        input.status.map(InvoiceStatus::as_str),
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let view = |row| InvoiceView::of(row, tx);
    let invoices = rows.into_iter().map(view).collect::<Result<_, _>>()?;
    Ok(Page::new(invoices, limit, |invoice: &InvoiceView| invoice.invoice_id))
}
