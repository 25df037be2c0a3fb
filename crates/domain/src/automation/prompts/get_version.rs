//! `GET /v1/prompts/{name}/versions/{version}`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PromptVersion, find, number_of, own_prompt, own_version, unknown_version, versions};
use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetPromptVersion {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// A number, or `shipped`.
    #[schemars(length(min = 1, max = 20))]
    version: String,
}

/// A version of a prompt with its text.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptVersionDetail {
    name: String,
    #[serde(flatten)]
    version: PromptVersion,
    text: String,
}

pub(super) fn operation() -> Operation {
    operation!(outside get_prompt_version(GetPromptVersion) -> PromptVersionDetail, Permission::ReadFlows)
        .get("/v1/prompts/{name}/versions/{version}")
        .tag("prompts")
        .says(
            "Get a version of a prompt",
            "With its text, to compare it with another. `shipped` is the one that the installation brings.",
        )
        .example(json!({ "name": "assessment", "version": "shipped" }))
}

async fn get_prompt_version(
    app: Arc<App>,
    caller: Caller,
    input: GetPromptVersion,
) -> Result<PromptVersionDetail, Problem> {
    let installed = find(&app, &input.name)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let (version, text) = match number_of(&input.version)? {
        None => {
            let in_use = own_prompt(&mut tx, &installed.name).await?.is_none();
            (PromptVersion::installed(&installed, in_use), installed.text)
        }
        Some(number) => {
            let own = own_version(&mut tx, &installed.name, number).await?;
            let own = own.ok_or_else(unknown_version)?;
            let found = versions::own(&mut tx, &installed.name, Some(number)).await?;
            (found.into_iter().next().ok_or_else(unknown_version)?, own.text)
        }
    };
    tx.commit().await?;
    Ok(PromptVersionDetail { name: input.name, version, text })
}
