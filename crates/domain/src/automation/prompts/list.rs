//! `GET /v1/prompts`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PromptView;
use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListPrompts {}

#[derive(Debug, Serialize, JsonSchema)]
struct Prompts {
    items: Vec<PromptView>,
}

pub(super) fn operation() -> Operation {
    operation!(outside list_prompts(ListPrompts) -> Prompts, Permission::ReadFlows)
        .get("/v1/prompts")
        .tag("prompts")
        .says(
            "List prompts",
            "What AI is asked, by name: the shipped prompts and the operator's own.",
        )
        .shows_no_client_text()
}

async fn list_prompts(app: Arc<App>, _: Caller, _: ListPrompts) -> Result<Prompts, Problem> {
    Ok(Prompts { items: app.outside.prompts().iter().map(PromptView::of).collect() })
}
