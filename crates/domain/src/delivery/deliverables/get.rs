//! `GET /v1/deliverables/{deliverable_id}`

use kernel::DeliverableId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::DeliverableDetail;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetDeliverable {
    deliverable_id: DeliverableId,
}

pub(super) fn operation() -> Operation {
    operation!(get_deliverable(GetDeliverable) -> DeliverableDetail, Permission::ReadDeliverables)
        .get("/v1/deliverables/{deliverable_id}")
        .tag("deliverables")
        .says("Get a deliverable", "The content as JSON and as Markdown, with its provenance.")
        .about("deliverable_id")
        .example(json!({ "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_deliverable(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetDeliverable,
) -> Result<DeliverableDetail, Problem> {
    super::load(tx, input.deliverable_id).await
}
