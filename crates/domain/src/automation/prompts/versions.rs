//! `GET /v1/prompts/{name}/versions`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{PromptVersion, find};
use crate::{App, Caller, Operation, OwnPrompt, Permission, Problem, operation};

/// How many of the tenant's own versions are listed, the newest.
const LISTED_MAX: i64 = 200;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListPromptVersions {
    #[schemars(length(min = 1, max = 100))]
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PromptVersions {
    items: Vec<PromptVersion>,
}

pub(super) fn operation() -> Operation {
    operation!(outside list_prompt_versions(ListPromptVersions) -> PromptVersions, Permission::ReadFlows)
        .get("/v1/prompts/{name}/versions")
        .tag("prompts")
        .says(
            "List the versions of a prompt",
            "The tenant's own texts, the latest 200 and the newest first, and behind them the one that the installation \
             brings.",
        )
        .example(json!({ "name": "assessment" }))
}

async fn list_prompt_versions(
    app: Arc<App>,
    caller: Caller,
    input: ListPromptVersions,
) -> Result<PromptVersions, Problem> {
    let installed = find(&app, &input.name)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let mut items = own(&mut tx, &installed.name, None).await?;
    tx.commit().await?;
    let in_use = items.iter().all(|version| !version.in_use);
    items.push(PromptVersion::installed(&installed, in_use));
    Ok(PromptVersions { items })
}

/// The tenant's own versions, or one of them.
pub(super) async fn own(
    tx: &mut TenantTx,
    name: &str,
    number: Option<i32>,
) -> Result<Vec<PromptVersion>, Problem> {
    let rows = sqlx::query!(
        r#"
        select v.number, v.base_version, v.note, v.created_at, v.created_by, c.number is not null as "in_use!"
        from automation.prompt_version v
        left join automation.prompt_choice c
          on c.tenant_id = v.tenant_id and c.prompt = v.prompt and c.number = v.number
        where v.prompt = $1 and ($2::integer is null or v.number = $2)
        order by v.number desc
        limit $3
        "#,
        name,
        number,
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let versions = rows.into_iter().map(|row| PromptVersion {
        version: row.number.to_string(),
        label: OwnPrompt::label_of(name, row.base_version, row.number),
        in_use: row.in_use,
        note: row.note,
        created_at: Some(row.created_at),
        created_by: Some(row.created_by),
    });
    Ok(versions.collect())
}
