//! `GET /v1/prompts/{name}`

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantTx;

use super::{PromptView, find, own_prompt};
use crate::{App, Caller, Operation, Permission, Problem, operation};

/// How far back the use of versions is shown.
const SHOWN: TimeDelta = TimeDelta::days(93);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PromptDetail {
    #[serde(flatten)]
    prompt: PromptView,
    /// The text in use: TOML between lines of `+++`, then what the model is told and what it is given.
    text: String,
    /// JSON Schema of the answer.
    schema: Value,
    /// The versions that answers of the last 93 days were made with, the last used first.
    versions: Vec<UsedPromptVersion>,
}

/// A version of a prompt that answers were made with.
#[derive(Debug, Serialize, JsonSchema)]
struct UsedPromptVersion {
    /// As `assessment@1`, or `assessment@1+own.3`.
    label: String,
    /// Answers that were asked for, failed attempts included.
    calls: i64,
    first_at: Timestamp,
    last_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(outside get_prompt(GetPrompt) -> PromptDetail, Permission::ReadFlows)
        .get("/v1/prompts/{name}")
        .tag("prompts")
        .says(
            "Get a prompt",
            "The text in use, the schema of its answer, and which versions of it were used.",
        )
        .example(json!({ "name": "assessment" }))
}

async fn get_prompt(
    app: Arc<App>,
    caller: Caller,
    input: GetPrompt,
) -> Result<PromptDetail, Problem> {
    let info = find(&app, &input.name)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let own = own_prompt(&mut tx, &info.name).await?;
    let versions = used(&mut tx, &info.name).await?;
    tx.commit().await?;
    let prompt = PromptView::of(&app, &info, own.as_ref());
    let text = own.map_or(info.text, |own| own.text);
    Ok(PromptDetail { prompt, text, schema: info.schema, versions })
}

async fn used(tx: &mut TenantTx, name: &str) -> Result<Vec<UsedPromptVersion>, Problem> {
    let since = tx.now() - SHOWN;
    let found = sqlx::query_as!(
        UsedPromptVersion,
        r#"
        select u.prompt as "label!", count(*) as "calls!", min(c.created_at) as "first_at!",
               max(c.created_at) as "last_at!"
        from engine.call c
        cross join lateral jsonb_to_recordset(c.usage) as u (prompt text)
        where c.usage is not null and $1 <= c.created_at and split_part(u.prompt, '@', 1) = $2
        group by 1
        order by 4 desc
        limit 50
        "#,
        since,
        name,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found)
}
