//! `PATCH /v1/deliverables/{deliverable_id}`

use kernel::{DeliverableId, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{DeliverableDetail, save::MARKDOWN_MAX};
use crate::{Caller, Operation, Permission, Problem, change::require_seen, operation, text::Line};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EditDeliverable {
    deliverable_id: DeliverableId,
    /// The whole text, changed.
    markdown: Line<MARKDOWN_MAX>,
    /// The `updated_at` of what was changed: refused where somebody else was faster.
    seen_updated_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(edit_deliverable(EditDeliverable) -> DeliverableDetail, Permission::WriteDeliverables)
        .patch("/v1/deliverables/{deliverable_id}")
        .tag("deliverables")
        .says(
            "Edit a deliverable",
            "Changes the text by hand; what was generated is kept beside it. It awaits review again, and its content as \
             data stays as it was generated.",
        )
        .about("deliverable_id")
        .example(json!({
            "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q",
            "markdown": "# Brand strategy\n\nTechFlow makes workflows run themselves, every day.",
            "seen_updated_at": "2026-01-01T11:00:00Z",
        }))
}

async fn edit_deliverable(
    tx: &mut TenantTx,
    caller: &Caller,
    input: EditDeliverable,
) -> Result<DeliverableDetail, Problem> {
    let id = input.deliverable_id;
    let updated_at = sqlx::query_scalar!(
        "select updated_at from delivery.deliverable where deliverable_id = $1 for update",
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("deliverable"))?;
    require_seen(updated_at, input.seen_updated_at)?;
    let now = tx.now();
    let lead = sqlx::query_scalar!(
        r#"
        update delivery.deliverable set
            generated_markdown = coalesce(generated_markdown, markdown), markdown = $2, edited_by = $3, edited_at = $4,
            updated_at = $4, status = 'pending_review', review_note = null, reviewed_by = null, reviewed_at = null
        where deliverable_id = $1
        returning lead_id
        "#,
        id.uuid(),
        input.markdown.as_str(),
        caller.principal.to_string(),
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let detail = super::load(tx, id).await?;
    let facts = json!({
        "deliverable_id": id,
        "lead_id": kernel::LeadId::from(lead),
        "type": detail.deliverable.r#type,
    });
    tx.append("delivery", "deliverable.edited", Some(id.to_string()), facts).await?;
    Ok(detail)
}
