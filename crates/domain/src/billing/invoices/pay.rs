//! `POST /v1/invoices/{invoice_id}/pay`

use kernel::{InvoiceId, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{InvoiceStatus, InvoiceView};
use crate::{Caller, Operation, Permission, Problem, operation, text::Name};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PayInvoice {
    invoice_id: InvoiceId,
    /// Where the payment is found, such as the bank's reference.
    payment_reference: Name,
    /// When it was paid, where that was not just now.
    #[serde(default)]
    paid_at: Option<Timestamp>,
}

pub(super) fn operation() -> Operation {
    operation!(pay_invoice(PayInvoice) -> InvoiceView, Permission::WriteInvoices)
        .post("/v1/invoices/{invoice_id}/pay")
        .tag("invoices")
        .says(
            "Note that an invoice was paid",
            "In full, by a payment that arrived elsewhere. Noting the same payment again changes nothing.",
        )
        .about("invoice_id")
        .example(json!({
            "invoice_id": "inv_01h455vb4pex5vsknk084sn02q",
            "payment_reference": "WIRE-2026-0042",
        }))
}

async fn pay_invoice(
    tx: &mut TenantTx,
    _: &Caller,
    input: PayInvoice,
) -> Result<InvoiceView, Problem> {
    let (id, now) = (input.invoice_id, tx.now());
    let (number, status) = super::lock(tx, id).await?;
    if status == InvoiceStatus::Paid {
        let invoice = super::load(tx, id).await?;
        if invoice.payment_reference.as_deref() == Some(input.payment_reference.as_str()) {
            return Ok(invoice);
        }
    }
    if status != InvoiceStatus::Issued {
        let detail = format!("{number} is {}; only an issued invoice can be paid", status.as_str());
        return Err(Problem::new("invoice-settled", detail));
    }
    sqlx::query!(
        r#"
        update billing.invoice
        set status = 'paid', paid_at = $2, payment_reference = $3, updated_at = $4
        where invoice_id = $1
        "#,
        id.uuid(),
        input.paid_at.unwrap_or(now),
        input.payment_reference.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let invoice = super::load(tx, id).await?;
    let facts = json!({
        "invoice_id": id,
        "number": number,
        "client_id": invoice.client_id,
        "project_id": invoice.project_id,
        "amount": invoice.amount,
    });
    tx.append("billing", "invoice.paid", Some(id.to_string()), facts).await?;
    Ok(invoice)
}
