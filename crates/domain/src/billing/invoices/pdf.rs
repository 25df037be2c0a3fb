//! `GET /v1/invoices/{invoice_id}/pdf`

use std::sync::Arc;

use documents::{Charge, Document, Invoice, InvoiceTotals, Party};
use kernel::InvoiceId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{InvoiceStatus, InvoiceView};
use crate::{
    App, Caller, Operation, Permission, Problem, identity::branding, operation, operation::File,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetInvoicePdf {
    invoice_id: InvoiceId,
}

pub(super) fn operation() -> Operation {
    operation!(outside get_invoice_pdf(GetInvoicePdf) -> File, Permission::ReadInvoices)
        .get("/v1/invoices/{invoice_id}/pdf")
        .answers_file("application/pdf")
        .tag("invoices")
        .says(
            "Get an invoice as PDF",
            "In the tenant's branding. It says whether it was paid, and that nothing is due when it is void.",
        )
        .about("invoice_id")
        .example(json!({ "invoice_id": "inv_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_invoice_pdf(
    app: Arc<App>,
    caller: Caller,
    input: GetInvoicePdf,
) -> Result<File, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let invoice = super::load(&mut tx, input.invoice_id).await?;
    let (project, client) = sides(&mut tx, &invoice).await?;
    let branding = branding::load(&mut tx).await?;
    tx.commit().await?;
    let (number, company_name) = (invoice.number.clone(), invoice.company_name.clone());
    let changed_at = invoice.updated_at;
    let document = Document::Invoice(document(invoice, project, client));
    let pdf = app.press.print(document, branding, changed_at).await?;
    Ok(File::new(&[&number, &company_name], "pdf", "application/pdf", &pdf.bytes))
}

/// What it was for, and who owes it.
async fn sides(tx: &mut TenantTx, invoice: &InvoiceView) -> Result<(String, Party), Problem> {
    let row = sqlx::query!(
        r#"
        select p.name as project, c.company_name, c.contact_name, c.email, c.phone
        from delivery.project p, crm.client c
        where p.project_id = $1 and c.client_id = $2
        "#,
        invoice.project_id.uuid(),
        invoice.client_id.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let client = Party {
        name: row.company_name,
        contact: row.contact_name,
        email: Some(row.email),
        phone: row.phone,
        ..Party::default()
    };
    Ok((row.project, client))
}

fn document(invoice: InvoiceView, project: String, client: Party) -> Invoice {
    let amount = invoice.amount.minor();
    let paid = if invoice.status == InvoiceStatus::Paid { amount } else { 0 };
    let issued_on = invoice.issued_at.unwrap_or(invoice.created_at).date_naive();
    Invoice {
        number: invoice.number,
        client,
        currency: invoice.amount.currency().as_str().to_owned(),
        lines: vec![Charge {
            description: invoice.description,
            quantity: None,
            unit_price: None,
            amount,
        }],
        totals: InvoiceTotals {
            subtotal: amount,
            tax: None,
            total: amount,
            paid,
            due: amount - paid,
        },
        issued_on,
        due_on: invoice.due_at.map_or(issued_on, |due| due.date_naive()),
        paid_on: invoice.paid_at.map(|paid| paid.date_naive()),
        is_void: invoice.status == InvoiceStatus::Void,
        project: Some(project),
        milestone: Some(invoice.milestone),
        terms: None,
        notes: invoice.void_reason.map(|reason| format!("Void: {reason}")),
        payment_url: None,
    }
}
