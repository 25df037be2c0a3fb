//! `GET /v1/prompts`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PromptView, own_prompts};
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
            "What AI is asked, by name: the shipped prompts and the operator's own, each with the text that is in use.",
        )
        .shows_no_client_text()
}

async fn list_prompts(app: Arc<App>, caller: Caller, _: ListPrompts) -> Result<Prompts, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let own = own_prompts(&mut tx).await?;
    tx.commit().await?;
    let installed = app.outside.prompts();
    let items = installed
        .iter()
        .map(|prompt| PromptView::of(&app, prompt, own.get(&prompt.name)))
        .collect();
    Ok(Prompts { items })
}
