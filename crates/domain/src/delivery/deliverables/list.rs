//! `GET /v1/deliverables`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{DeliverableRow, DeliverableType, DeliverableView};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListDeliverables {
    #[serde(default)]
    lead_id: Option<LeadId>,
    #[serde(default)]
    r#type: Option<DeliverableType>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_deliverables(ListDeliverables) -> Page<DeliverableView>, Permission::ReadDeliverables)
        .get("/v1/deliverables")
        .tag("deliverables")
        .says("List deliverables", "Newest first, without their texts.")
        .example(json!({ "lead_id": "lead_01h455vb4pex5vsknk084sn02q" }))
}

async fn list_deliverables(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListDeliverables,
) -> Result<Page<DeliverableView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        DeliverableRow,
        r#"
        select deliverable_id, lead_id, type as kind, status, ai_model, prompt, prompt_version, prompt_own,
               input_tokens, output_tokens, cost_micros, external_id, generated_at, created_at,
               updated_at, project_id, is_attached, review_note, reviewed_by, reviewed_at,
               edited_by, edited_at, null::text as "generated_markdown?", null::jsonb as "content?", null::text as "markdown?",
               null::jsonb as "formatted_output?"
        from delivery.deliverable
        where ($1::uuid is null or lead_id = $1)
          and ($2::text is null or type = $2)
          and ($3::uuid is null or deliverable_id < $3)
        order by deliverable_id desc
        limit $4
        "#,
        input.lead_id.map(LeadId::uuid),
        input.r#type.map(DeliverableType::as_str),
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let items =
        rows.into_iter().map(|row| DeliverableView::of(row, tx)).collect::<Result<_, _>>()?;
    Ok(Page::new(items, limit, |item: &DeliverableView| item.deliverable_id))
}
