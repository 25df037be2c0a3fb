//! `GET /v1/invoices/{invoice_id}`

use kernel::InvoiceId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::InvoiceView;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetInvoice {
    invoice_id: InvoiceId,
}

pub(super) fn operation() -> Operation {
    operation!(get_invoice(GetInvoice) -> InvoiceView, Permission::ReadInvoices)
        .get("/v1/invoices/{invoice_id}")
        .tag("invoices")
        .says("Get an invoice", "What is owed, by whom, for what, until when.")
        .about("invoice_id")
        .example(json!({ "invoice_id": "inv_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_invoice(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetInvoice,
) -> Result<InvoiceView, Problem> {
    super::load(tx, input.invoice_id).await
}
