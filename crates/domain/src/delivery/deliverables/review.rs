//! `PUT /v1/deliverables/{deliverable_id}/review`

use kernel::{DeliverableId, LeadId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{DeliverableDetail, DeliverableStatus};
use crate::{
    Caller, Operation, Permission, Problem, agreements::proposals, change::require_seen, operation,
    text::LongText,
};

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ReviewDecision {
    Approve,
    Reject,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReviewDeliverable {
    deliverable_id: DeliverableId,
    decision: ReviewDecision,
    /// Why. Required to reject.
    #[serde(default)]
    note: Option<LongText>,
    /// The `updated_at` of what was read. When it was edited or reviewed since, the answer is 409 and nothing
    /// changes; left out, the latest review counts.
    #[serde(default)]
    seen_updated_at: Option<Timestamp>,
}

pub(super) fn operation() -> Operation {
    operation!(review_deliverable(ReviewDeliverable) -> DeliverableDetail, Permission::ReviewDeliverables)
        .put("/v1/deliverables/{deliverable_id}/review")
        .tag("deliverables")
        .says(
            "Review a deliverable",
            "An approved deliverable counts towards the lead's proposal, also where the assistant may \
             not attach it by itself; a rejected one does not. A later review replaces an earlier one.",
        )
        .about("deliverable_id")
        .example(json!({
            "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q",
            "decision": "approve",
        }))
}

async fn review_deliverable(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ReviewDeliverable,
) -> Result<DeliverableDetail, Problem> {
    let (id, now) = (input.deliverable_id, tx.now());
    let status = match input.decision {
        ReviewDecision::Approve => DeliverableStatus::Approved,
        ReviewDecision::Reject if input.note.is_some() => DeliverableStatus::Rejected,
        ReviewDecision::Reject => {
            return Err(Problem::field("/note", "is required to reject; say what is wrong"));
        }
    };
    // The lead is locked first, the order in which deliverables are attached.
    let lead = sqlx::query_scalar!(
        r#"
        select l.lead_id from crm.lead l
        where l.lead_id = (select lead_id from delivery.deliverable where deliverable_id = $1)
        for no key update
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("deliverable"))?;
    let lead = LeadId::from(lead);
    if let Some(seen) = input.seen_updated_at {
        let updated_at = sqlx::query_scalar!(
            "select updated_at from delivery.deliverable where deliverable_id = $1 for update",
            id.uuid(),
        )
        .fetch_one(tx.conn())
        .await?;
        require_seen(updated_at, seen)?;
    }
    sqlx::query!(
        r#"
        update delivery.deliverable set
            status = $2, is_attached = is_attached or $2 = 'approved', review_note = $3,
            reviewed_by = $4, reviewed_at = $5, updated_at = $5
        where deliverable_id = $1
        "#,
        id.uuid(),
        status.as_str(),
        input.note.as_ref().map(LongText::as_str),
        caller.principal.to_string(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({ "deliverable_id": id, "lead_id": lead, "status": status });
    tx.append("delivery", "deliverable.reviewed", Some(id.to_string()), facts).await?;
    proposals::make_if_ready(tx, lead).await?;
    super::load(tx, id).await
}
