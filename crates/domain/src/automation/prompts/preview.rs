//! `POST /v1/prompts/{name}/preview`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::find;
use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PreviewPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What a flow would give it. What the prompt does not name is not sent.
    variables: Map<String, Value>,
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
            "What a model would be sent for these variables. Nothing is sent.",
        )
        .example(
            json!({ "name": "assessment", "variables": { "company_name": "TechFlow Solutions" } }),
        )
}

async fn preview_prompt(
    app: Arc<App>,
    _: Caller,
    input: PreviewPrompt,
) -> Result<PromptPreview, Problem> {
    let info = find(&app, &input.name)?;
    let rendered = app.outside.render_prompt(&input.name, &input.variables);
    let rendered = rendered.ok_or_else(|| Problem::not_found("prompt"))?;
    let rendered = rendered.map_err(|missing| {
        let detail = format!("must say {}: without it the prompt is not sent", missing.join(", "));
        Problem::field("/variables", detail)
    })?;
    let left_out =
        input.variables.keys().filter(|name| !info.variables.contains(name)).cloned().collect();
    Ok(PromptPreview { system: rendered.system, user: rendered.user, left_out })
}
