//! `PUT /v1/leads/{lead_id}/deliverables/{type}`

use kernel::{DeliverableId, LeadId, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{DeliverableDetail, DeliverableType, PromptVersionNumber, TokensUsed, micros};
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Line, Name},
};

/// The longest Markdown of a deliverable.
pub(super) const MARKDOWN_MAX: usize = 500_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveDeliverable {
    lead_id: LeadId,
    r#type: DeliverableType,
    /// The content in the form of its type's schema.
    content: Map<String, Value>,
    /// The same for people.
    markdown: Line<MARKDOWN_MAX>,
    ai_model: Name,
    /// The name of the prompt, such as `branding_strategy`.
    prompt: Name,
    prompt_version: PromptVersionNumber,
    tokens_used: TokensUsed,
    generated_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(save_deliverable(SaveDeliverable) -> DeliverableDetail, Permission::WriteDeliverables)
        .put("/v1/leads/{lead_id}/deliverables/{type}")
        .tag("deliverables")
        .says(
            "Save a deliverable",
            "A lead has one deliverable of each type: saving again replaces it, and it awaits review \
             again.",
        )
        .about("deliverable_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "type": "branding_strategy",
            "content": { "brand_positioning": "TechFlow makes workflows run themselves." },
            "markdown": "# Brand strategy\n\nTechFlow makes workflows run themselves.",
            "ai_model": "offline-template",
            "prompt": "branding_strategy",
            "prompt_version": 1,
            "tokens_used": { "input": 1250, "output": 3840, "cost": 0.12 },
            "generated_at": "2026-01-01T11:00:00Z",
        }))
}

async fn save_deliverable(
    tx: &mut TenantTx,
    caller: &Caller,
    input: SaveDeliverable,
) -> Result<DeliverableDetail, Problem> {
    // Also tells whether there is such a lead, before a foreign key would.
    crate::crm::leads::load(tx, caller, input.lead_id).await?;
    let (new_id, now): (DeliverableId, _) = (tx.new_id(), tx.now());
    let id = sqlx::query_scalar!(
        r#"
        insert into delivery.deliverable
            (deliverable_id, lead_id, type, content, markdown, ai_model, prompt, prompt_version,
             input_tokens, output_tokens, cost_micros, generated_at, created_at, updated_at, prompt_own)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
        on conflict on constraint deliverable_type_key do update set
            status = 'pending_review', content = excluded.content, markdown = excluded.markdown,
            ai_model = excluded.ai_model, prompt = excluded.prompt,
            prompt_version = excluded.prompt_version, prompt_own = excluded.prompt_own,
            input_tokens = excluded.input_tokens,
            output_tokens = excluded.output_tokens, cost_micros = excluded.cost_micros,
            generated_at = excluded.generated_at, updated_at = excluded.updated_at,
            formatted_output = null, is_attached = true, generated_markdown = null, edited_by = null,
            edited_at = null, review_note = null, reviewed_by = null,
            reviewed_at = null
        returning deliverable_id
        "#,
        new_id.uuid(),
        input.lead_id.uuid(),
        input.r#type.as_str(),
        Value::Object(input.content),
        input.markdown.as_str(),
        input.ai_model.as_str(),
        input.prompt.as_str(),
        input.prompt_version.shipped,
        input.tokens_used.input,
        input.tokens_used.output,
        input.tokens_used.cost.map(micros),
        input.generated_at,
        now,
        input.prompt_version.own,
    )
    .fetch_one(tx.conn())
    .await?;
    let id = DeliverableId::from(id);
    let facts = json!({
        "deliverable_id": id,
        "lead_id": input.lead_id,
        "type": input.r#type,
        "ai_model": input.ai_model,
        "prompt_version": input.prompt_version,
        "replaced": id != new_id,
    });
    tx.append("delivery", "deliverable.saved", Some(id.to_string()), facts).await?;
    super::load(tx, id).await
}
