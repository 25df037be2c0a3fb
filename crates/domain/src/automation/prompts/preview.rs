//! `POST /v1/prompts/{name}/preview`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{
    TEXT_MAX,
    draft::{Draft, next_number},
    find, own_prompt,
};
use crate::{App, Caller, Operation, OwnPrompt, Permission, Problem, PromptInfo, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PreviewPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What a flow would give it. What the prompt does not name is not sent.
    variables: Map<String, Value>,
    /// A text that is not published yet; the one in use when it is left out.
    #[serde(default)]
    #[schemars(length(max = TEXT_MAX))]
    text: Option<String>,
}

/// The two texts that a model would get.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptPreview {
    system: String,
    user: String,
    /// Of the variables that were given, those that the prompt does not name.
    left_out: Vec<String>,
}

pub(super) fn operation() -> Operation {
    operation!(outside preview_prompt(PreviewPrompt) -> PromptPreview, Permission::ReadFlows)
        .post("/v1/prompts/{name}/preview")
        .reads()
        .tag("prompts")
        .says(
            "Preview a prompt",
            "What a model would be sent for these variables, with the text in use or another. Nothing is sent.",
        )
        .example(
            json!({ "name": "assessment", "variables": { "company_name": "TechFlow Solutions" } }),
        )
}

async fn preview_prompt(
    app: Arc<App>,
    caller: Caller,
    input: PreviewPrompt,
) -> Result<PromptPreview, Problem> {
    let PreviewPrompt { name, variables, text } = input;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let (info, own) = asked_with(&app, &mut tx, &name, text).await?;
    tx.commit().await?;
    let rendered = app.outside.render_prompt(&name, own.as_ref(), &variables);
    let rendered = rendered.ok_or_else(|| Problem::not_found("prompt"))?;
    let rendered = rendered.map_err(|missing| {
        let detail = format!("must say {}: without it the prompt is not sent", missing.join(", "));
        Problem::field("/variables", detail)
    })?;
    let left_out =
        variables.keys().filter(|name| !info.variables.contains(name)).cloned().collect();
    Ok(PromptPreview { system: rendered.system, user: rendered.user, left_out })
}

/// What the prompt says of itself, and the tenant's own text if it is one.
async fn asked_with(
    app: &App,
    tx: &mut TenantTx,
    name: &str,
    text: Option<String>,
) -> Result<(PromptInfo, Option<OwnPrompt>), Problem> {
    if let Some(text) = text {
        let draft = Draft::new(app, name, text, next_number(tx, name).await?)?;
        draft.require_sound()?;
        return Ok((draft.checked.info.unwrap_or(draft.installed), Some(draft.own)));
    }
    let installed = find(app, name)?;
    let Some(own) = own_prompt(tx, name).await? else { return Ok((installed, None)) };
    let checked =
        app.outside.check_prompt(name, &own).ok_or_else(|| Problem::not_found("prompt"))?;
    if let Some(problem) = checked.unusable() {
        return Err(Problem::new("prompt-unusable", problem));
    }
    Ok((checked.info.unwrap_or(installed), Some(own)))
}
