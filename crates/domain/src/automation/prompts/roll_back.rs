//! `POST /v1/prompts/{name}/roll-back`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    PromptVersion, SOURCE, choose, draft::label_in_use, find, lock, number_of, own_version,
    unknown_version, versions,
};
use crate::{App, Caller, Operation, Permission, Problem, operation, operation::audit};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RollBackPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// The number of one of the tenant's own versions, or `shipped`.
    #[schemars(length(min = 1, max = 20))]
    version: String,
}

pub(super) fn operation() -> Operation {
    operation!(outside roll_back_prompt(RollBackPrompt) -> PromptVersion, Permission::WriteFlows)
        .post("/v1/prompts/{name}/roll-back")
        .tag("prompts")
        .says(
            "Roll a prompt back",
            "Models are asked with this version from now on: with an earlier one of the tenant's own, or with the shipped \
             one, which then changes with the releases again. No version is lost.",
        )
        .about("name")
        .example(json!({ "name": "assessment", "version": "shipped" }))
}

async fn roll_back_prompt(
    app: Arc<App>,
    caller: Caller,
    input: RollBackPrompt,
) -> Result<PromptVersion, Problem> {
    let installed = find(&app, &input.name)?;
    let name = installed.name.as_str();
    let number = number_of(&input.version)?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    lock(&mut tx, name).await?;
    if let Some(number) = number {
        let own = own_version(&mut tx, name, number).await?.ok_or_else(unknown_version)?;
        let checked = app.outside.check_prompt(name, &own);
        if let Some(problem) = checked.and_then(|checked| checked.unusable()) {
            return Err(Problem::new("prompt-unusable", problem));
        }
    }
    let before = label_in_use(&mut tx, &installed).await?;
    choose(&mut tx, name, number, &caller.principal.to_string()).await?;
    let after = label_in_use(&mut tx, &installed).await?;
    if before != after {
        let facts =
            json!({ "prompt": name, "version": input.version, "label": after, "before": before });
        tx.append(SOURCE, "prompt.rolled_back", Some(name.to_owned()), facts.clone()).await?;
        audit(&mut tx, &caller, "roll_back_prompt", name, &facts).await?;
    }
    let version = match number {
        None => PromptVersion::installed(&installed, true),
        Some(number) => {
            let found = versions::own(&mut tx, name, Some(number)).await?;
            found.into_iter().next().ok_or_else(unknown_version)?
        }
    };
    tx.commit().await?;
    Ok(version)
}
