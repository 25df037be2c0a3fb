//! `POST /v1/prompts/{name}/versions`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{
    PromptVersion, SOURCE, TEXT_MAX, choose,
    draft::{Draft, label_in_use, next_number},
    lock, own_prompt, unknown_version, versions,
};
use crate::{
    App, Caller, Operation, Permission, Problem, operation, operation::audit, text::ShortText,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublishPrompt {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// TOML between lines of `+++`, then a `# System` and a `# User` part. `version` says which shipped text it was made
    /// from.
    #[schemars(length(min = 1, max = TEXT_MAX))]
    text: String,
    /// What changed, for whoever looks at the versions.
    #[serde(default)]
    note: Option<ShortText>,
    /// The `label` of the text that was in use when this one was written: refused where somebody else was faster.
    #[serde(default)]
    #[schemars(length(min = 1, max = 150))]
    seen_label: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(outside publish_prompt(PublishPrompt) -> PromptVersion, Permission::WriteFlows)
        .post("/v1/prompts/{name}/versions")
        .tag("prompts")
        .says(
            "Publish a prompt",
            "A text of your own in the place of the shipped one, for your tenant alone: models are asked with it from now \
             on, also by runs that have begun. It keeps the name and the schema of the answer. A version never changes; \
             publishing the text in use again changes nothing.",
        )
        .about("name")
        .example(json!({
            "name": "assessment",
            "text": "+++\nversion = 1\ntitle = \"Assessment\"\n…",
            "note": "asks for the budget first",
            "seen_label": "assessment@1",
        }))
}

async fn publish_prompt(
    app: Arc<App>,
    caller: Caller,
    input: PublishPrompt,
) -> Result<PromptVersion, Problem> {
    let PublishPrompt { name, text, note, seen_label } = input;
    let mut tx = app.db.tenant(caller.tenant).await?;
    lock(&mut tx, &name).await?;
    let draft = Draft::new(&app, &name, text, next_number(&mut tx, &name).await?)?;
    draft.require_sound()?;
    let used = own_prompt(&mut tx, &name).await?;
    let number = match &used {
        Some(used) if used.text == draft.own.text => used.number,
        _ => {
            let label = label_in_use(&mut tx, &draft.installed).await?;
            require_seen(seen_label.as_deref(), &label)?;
            require_another(&draft)?;
            let by = caller.principal.to_string();
            keep(&mut tx, &draft, note.as_ref(), &by).await?;
            choose(&mut tx, &name, Some(draft.own.number), &by).await?;
            let facts = json!({
                "prompt": name,
                "version": draft.own.number.to_string(),
                "label": draft.own.label(&name),
            });
            tx.append(SOURCE, "prompt.published", Some(name.clone()), facts.clone()).await?;
            audit(&mut tx, &caller, "publish_prompt", &name, &facts).await?;
            draft.own.number
        }
    };
    let published = versions::own(&mut tx, &name, Some(number)).await?;
    tx.commit().await?;
    published.into_iter().next().ok_or_else(unknown_version)
}

fn require_seen(seen: Option<&str>, in_use: &str) -> Result<(), Problem> {
    match seen {
        Some(seen) if seen != in_use => Err(Problem::new(
            "changed-meanwhile",
            format!("{in_use} is in use now; read it again, and make your changes to that"),
        )),
        _ => Ok(()),
    }
}

/// The shipped text as one's own would no longer follow the releases.
fn require_another(draft: &Draft) -> Result<(), Problem> {
    if draft.own.text.trim() == draft.installed.text.trim() {
        let detail = "is the shipped text; roll back to `shipped` to use that";
        return Err(Problem::field("/text", detail));
    }
    Ok(())
}

async fn keep(
    tx: &mut TenantTx,
    draft: &Draft,
    note: Option<&ShortText>,
    by: &str,
) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into automation.prompt_version (prompt, number, base_version, text, note, created_at, created_by)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        draft.installed.name,
        draft.own.number,
        draft.own.base_version,
        draft.own.text,
        note.map(ShortText::as_str),
        now,
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
