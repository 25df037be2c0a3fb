//! Deliverables: one of each type for a lead, with the provenance of its text.

mod attach;
mod edit;
mod get;
mod kind;
mod link;
mod list;
mod outline;
mod pdf;
mod prompt_version;
mod review;
mod save;

use kernel::{DeliverableId, LeadId, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

pub(crate) use attach::{Delivered, attach, count_attached};
pub use kind::{DeliverableStatus, DeliverableType};
use prompt_version::PromptVersionNumber;

use crate::{Operation, Problem};

/// What generating a text used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokensUsed {
    #[schemars(range(min = 0))]
    pub input: i64,
    #[schemars(range(min = 0))]
    pub output: i64,
    /// US dollars; absent when the model's price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub cost: Option<f64>,
}

/// A deliverable without its text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliverableView {
    pub deliverable_id: DeliverableId,
    pub lead_id: LeadId,
    pub r#type: DeliverableType,
    pub status: DeliverableStatus,
    /// The model that wrote it, as its provider names it; `offline-template` when none did.
    pub ai_model: String,
    /// Absent where an assistant delivered the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<PromptVersionNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_used: Option<TokensUsed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Whether it counts towards the lead's proposal. One that does not is kept until it is approved.
    pub is_attached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_note: Option<String>,
    /// Who approved or rejected it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<Timestamp>,
    /// Who changed the text by hand, the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Where whoever has this address gets it as PDF; absent where nobody said how we are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_url: Option<String>,
    /// Its id at the invoice system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub generated_at: Timestamp,
    pub created_at: Timestamp,
    /// When its text or its review changed last.
    pub updated_at: Timestamp,
}

/// A deliverable with its text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliverableDetail {
    #[serde(flatten)]
    pub deliverable: DeliverableView,
    pub content: Value,
    pub markdown: String,
    /// The text before anybody changed it by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated_markdown: Option<String>,
    /// Where it was put for people: `pdf_url`, `markdown`, `notion_page_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted_output: Option<Value>,
}

struct DeliverableRow {
    deliverable_id: Uuid,
    lead_id: Uuid,
    kind: String,
    status: String,
    ai_model: String,
    prompt: Option<String>,
    prompt_version: Option<i32>,
    prompt_own: Option<i32>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    project_id: Option<Uuid>,
    is_attached: bool,
    review_note: Option<String>,
    reviewed_by: Option<String>,
    reviewed_at: Option<Timestamp>,
    edited_by: Option<String>,
    edited_at: Option<Timestamp>,
    cost_micros: Option<i64>,
    external_id: Option<String>,
    generated_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
    content: Option<Value>,
    markdown: Option<String>,
    generated_markdown: Option<String>,
    formatted_output: Option<Value>,
}

impl DeliverableView {
    fn of(row: DeliverableRow, tx: &TenantTx) -> Result<Self, Problem> {
        let deliverable_id = DeliverableId::from(row.deliverable_id);
        let id = deliverable_id.to_string();
        let links = tx.db().links();
        Ok(Self {
            deliverable_id,
            lead_id: row.lead_id.into(),
            r#type: row.kind.parse().map_err(Problem::internal)?,
            status: row.status.parse().map_err(Problem::internal)?,
            ai_model: row.ai_model,
            prompt: row.prompt,
            prompt_version: row
                .prompt_version
                .map(|shipped| PromptVersionNumber { shipped, own: row.prompt_own }),
            tokens_used: row.input_tokens.zip(row.output_tokens).map(|(input, output)| {
                TokensUsed { input, output, cost: row.cost_micros.map(dollars) }
            }),
            project_id: row.project_id.map(Into::into),
            is_attached: row.is_attached,
            review_note: row.review_note,
            reviewed_by: row.reviewed_by,
            reviewed_at: row.reviewed_at,
            edited_by: row.edited_by,
            edited_at: row.edited_at,
            pdf_url: links.and_then(|links| links.address(tx.tenant(), "deliverables", &id, None)),
            external_id: row.external_id,
            generated_at: row.generated_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to nine billion dollars")]
fn dollars(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

/// Rounded to the millionth of a dollar; the schema bounds the input.
#[expect(clippy::cast_possible_truncation, reason = "the schema allows at most a million dollars")]
fn micros(dollars: f64) -> i64 {
    (dollars * 1_000_000.0).round() as i64
}

async fn load(tx: &mut TenantTx, id: DeliverableId) -> Result<DeliverableDetail, Problem> {
    let mut row = sqlx::query_as!(
        DeliverableRow,
        r#"
        select deliverable_id, lead_id, type as kind, status, ai_model, prompt, prompt_version, prompt_own,
               input_tokens, output_tokens, cost_micros, external_id, generated_at, created_at,
               updated_at, project_id, is_attached, review_note, reviewed_by, reviewed_at,
               edited_by, edited_at, content as "content?", markdown as "markdown?", generated_markdown,
               formatted_output
        from delivery.deliverable where deliverable_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("deliverable"))?;
    let content = row.content.take().unwrap_or_default();
    let markdown = row.markdown.take().unwrap_or_default();
    let generated_markdown = row.generated_markdown.take();
    let formatted_output = row.formatted_output.take();
    let deliverable = DeliverableView::of(row, tx)?;
    Ok(DeliverableDetail { deliverable, content, markdown, generated_markdown, formatted_output })
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        save::operation(),
        list::operation(),
        get::operation(),
        pdf::operation(),
        link::operation(),
        review::operation(),
        edit::operation(),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cost_survives_being_stored(millionths in 0_i64..1_000_000_000_000) {
            prop_assert_eq!(micros(dollars(millionths)), millionths);
        }
    }
}
