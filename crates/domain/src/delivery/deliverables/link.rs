//! `PUT /v1/deliverables/{deliverable_id}/link`

use kernel::DeliverableId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::DeliverableDetail;
use crate::{Caller, Operation, Permission, Problem, operation, text::ShortText};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkDeliverable {
    deliverable_id: DeliverableId,
    external_id: ShortText,
}

pub(super) fn operation() -> Operation {
    operation!(link_deliverable(LinkDeliverable) -> DeliverableDetail, Permission::WriteDeliverables)
        .put("/v1/deliverables/{deliverable_id}/link")
        .tag("deliverables")
        .says("Link a deliverable", "Notes the id of the deliverable at the invoice system.")
        .about("deliverable_id")
        .example(json!({
            "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q",
            "external_id": "deliv_456",
        }))
}

async fn link_deliverable(
    tx: &mut TenantTx,
    _: &Caller,
    input: LinkDeliverable,
) -> Result<DeliverableDetail, Problem> {
    let now = tx.now();
    let changed = sqlx::query!(
        "update delivery.deliverable set external_id = $2, updated_at = $3 where deliverable_id = $1",
        input.deliverable_id.uuid(),
        input.external_id.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Problem::not_found("deliverable"));
    }
    let (id, external) = (input.deliverable_id, &input.external_id);
    let facts = json!({ "deliverable_id": id, "external_id": external });
    tx.append("delivery", "deliverable.linked", Some(id.to_string()), facts).await?;
    super::load(tx, id).await
}
