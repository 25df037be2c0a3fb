//! `PUT /v1/deliverables/{deliverable_id}/link`

use kernel::DeliverableId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::DeliverableDetail;
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Line, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkDeliverable {
    deliverable_id: DeliverableId,
    external_id: ShortText,
    /// Its page at Notion.
    #[serde(default)]
    notion_page_url: Option<Line<2_000>>,
}

pub(super) fn operation() -> Operation {
    operation!(link_deliverable(LinkDeliverable) -> DeliverableDetail, Permission::WriteDeliverables)
        .put("/v1/deliverables/{deliverable_id}/link")
        .tag("deliverables")
        .says("Link a deliverable", "Notes the id of the deliverable at the invoice system, and its page at Notion, where it has one.")
        .about("deliverable_id")
        .example(json!({
            "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q",
            "external_id": "deliv_456",
            "notion_page_url": "https://notion.so/techflow-brand-strategy",
        }))
}

async fn link_deliverable(
    tx: &mut TenantTx,
    _: &Caller,
    input: LinkDeliverable,
) -> Result<DeliverableDetail, Problem> {
    // Its text and its review stay as whoever reads it now has seen them.
    let changed = sqlx::query!(
        r#"
        update delivery.deliverable
        set external_id = $2,
            formatted_output = case when $3::text is null then formatted_output
                else coalesce(formatted_output, '{}') || jsonb_build_object('notion_page_url', $3::text) end
        where deliverable_id = $1
        "#,
        input.deliverable_id.uuid(),
        input.external_id.as_str(),
        input.notion_page_url.as_ref().map(Line::as_str),
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
