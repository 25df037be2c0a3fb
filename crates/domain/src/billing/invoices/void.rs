//! `POST /v1/invoices/{invoice_id}/void`

use kernel::InvoiceId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{InvoiceStatus, InvoiceView};
use crate::{Caller, Operation, Permission, Problem, operation, text::ShortText};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VoidInvoice {
    invoice_id: InvoiceId,
    reason: ShortText,
}

pub(super) fn operation() -> Operation {
    operation!(void_invoice(VoidInvoice) -> InvoiceView, Permission::WriteInvoices)
        .post("/v1/invoices/{invoice_id}/void")
        .tag("invoices")
        .says(
            "Void an invoice",
            "It keeps its number, nothing is owed any more, and its milestone is not invoiced again. \
             Voiding it again changes nothing. What was paid cannot be voided.",
        )
        .about("invoice_id")
        .example(json!({
            "invoice_id": "inv_01h455vb4pex5vsknk084sn02q",
            "reason": "Billed to the wrong company",
        }))
}

async fn void_invoice(
    tx: &mut TenantTx,
    _: &Caller,
    input: VoidInvoice,
) -> Result<InvoiceView, Problem> {
    let (id, now) = (input.invoice_id, tx.now());
    let (number, status) = super::lock(tx, id).await?;
    match status {
        InvoiceStatus::Void => return super::load(tx, id).await,
        InvoiceStatus::Paid => {
            let detail = format!("{number} was paid; pay the client back instead of voiding it");
            return Err(Problem::new("invoice-settled", detail));
        }
        InvoiceStatus::Draft | InvoiceStatus::Issued => {}
    }
    sqlx::query!(
        r#"
        update billing.invoice set status = 'void', void_reason = $2, updated_at = $3
        where invoice_id = $1
        "#,
        id.uuid(),
        input.reason.as_str(),
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
    tx.append("billing", "invoice.voided", Some(id.to_string()), facts).await?;
    Ok(invoice)
}
