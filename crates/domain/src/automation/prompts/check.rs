//! `POST /v1/prompts/{name}/check`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    TEXT_MAX,
    draft::{Draft, PromptProblem},
};
use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What would be published.
    #[schemars(length(max = TEXT_MAX))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckedText {
    /// Whether it can be published. It may have warnings all the same.
    is_valid: bool,
    /// In the order of the text, at most 100.
    problems: Vec<PromptProblem>,
}

pub(super) fn operation() -> Operation {
    operation!(outside check_prompt(CheckPrompt) -> CheckedText, Permission::ReadFlows)
        .post("/v1/prompts/{name}/check")
        .reads()
        .tag("prompts")
        .says(
            "Check a prompt's text",
            "Everything that is wrong with it, and where. Nothing is kept.",
        )
        .example(json!({ "name": "assessment", "text": "+++\nversion = 1\n" }))
}

async fn check_prompt(
    app: Arc<App>,
    _: Caller,
    input: CheckPrompt,
) -> Result<CheckedText, Problem> {
    let checked = Draft::new(&app, &input.name, input.text, 1)?.checked;
    let is_valid = checked.info.is_some();
    Ok(CheckedText { is_valid, problems: checked.faults.into_iter().map(Into::into).collect() })
}
