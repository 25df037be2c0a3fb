//! Deliverables that an assistant wrote elsewhere and hands over.

use kernel::{DeliverableId, LeadId, ProjectId, Timestamp};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{DeliverableType, TokensUsed, micros, outline};
use crate::Problem;

/// A deliverable as an assistant hands it over.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) lead: LeadId,
    pub(crate) project: Option<ProjectId>,
    pub(crate) kind: DeliverableType,
    pub(crate) content: Map<String, Value>,
    pub(crate) markdown: Option<String>,
    pub(crate) formatted_output: Option<Value>,
    pub(crate) ai_model: String,
    pub(crate) tokens_used: Option<TokensUsed>,
    pub(crate) generated_at: Timestamp,
    /// Whether it counts before anybody approved it.
    pub(crate) is_attached: bool,
}

/// Keeps a deliverable in place of the lead's earlier one of its type. The same again changes nothing,
/// so that a review survives a repeated request. Says whether it counts.
///
/// The lead's row is locked from here on, so that whoever attaches the last of several sees the others.
pub(crate) async fn attach(
    tx: &mut TenantTx,
    mut new: Delivered,
) -> Result<(DeliverableId, bool), Problem> {
    sqlx::query!(
        "select lead_id from crm.lead where lead_id = $1 for no key update",
        new.lead.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("lead"))?;
    let markdown = new.markdown.take().unwrap_or_else(|| outline::of(&new.content));
    let content = Value::Object(std::mem::take(&mut new.content));
    let kept = sqlx::query!(
        r#"
        select deliverable_id, is_attached from delivery.deliverable
        where lead_id = $1 and type = $2 and content = $3 and markdown = $4 and ai_model = $5
          and generated_at = $6
        "#,
        new.lead.uuid(),
        new.kind.as_str(),
        content,
        markdown,
        new.ai_model,
        new.generated_at,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(kept) = kept {
        return Ok((kept.deliverable_id.into(), kept.is_attached));
    }
    let (id, saved) = upsert(tx, &new, &content, &markdown).await?;
    let facts = json!({
        "deliverable_id": saved,
        "lead_id": new.lead,
        "project_id": new.project,
        "type": new.kind,
        "ai_model": new.ai_model,
        "replaced": saved != id,
        "is_attached": new.is_attached,
    });
    tx.append("delivery", "deliverable.saved", Some(saved.to_string()), facts).await?;
    Ok((saved, new.is_attached))
}

/// The id it would have as a new one, and the one it has.
async fn upsert(
    tx: &mut TenantTx,
    new: &Delivered,
    content: &Value,
    markdown: &str,
) -> Result<(DeliverableId, DeliverableId), Problem> {
    let (id, now): (DeliverableId, _) = (tx.new_id(), tx.now());
    let tokens = new.tokens_used.as_ref();
    let saved = sqlx::query_scalar!(
        r#"
        insert into delivery.deliverable
            (deliverable_id, lead_id, type, content, markdown, ai_model, input_tokens, output_tokens,
             cost_micros, generated_at, created_at, updated_at, project_id, formatted_output,
             is_attached)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)
        on conflict on constraint deliverable_type_key do update set
            status = 'pending_review', content = excluded.content, markdown = excluded.markdown,
            ai_model = excluded.ai_model, prompt = null, prompt_version = null, prompt_own = null,
            input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
            cost_micros = excluded.cost_micros, generated_at = excluded.generated_at,
            updated_at = excluded.updated_at, project_id = excluded.project_id,
            formatted_output = excluded.formatted_output, is_attached = excluded.is_attached,
            review_note = null, reviewed_by = null, reviewed_at = null, generated_markdown = null,
            edited_by = null, edited_at = null
        returning deliverable_id
        "#,
        id.uuid(),
        new.lead.uuid(),
        new.kind.as_str(),
        content,
        markdown,
        new.ai_model,
        tokens.map(|tokens| tokens.input),
        tokens.map(|tokens| tokens.output),
        tokens.and_then(|tokens| tokens.cost).map(micros),
        new.generated_at,
        now,
        new.project.map(ProjectId::uuid),
        new.formatted_output.clone() as Option<Value>,
        new.is_attached,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((id, saved.into()))
}

/// How many of a lead's deliverables count: attached, and not rejected.
pub(crate) async fn count_attached(tx: &mut TenantTx, lead: LeadId) -> Result<usize, Problem> {
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from delivery.deliverable
        where lead_id = $1 and is_attached and status <> 'rejected'
        "#,
        lead.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    usize::try_from(count).map_err(Problem::internal)
}
