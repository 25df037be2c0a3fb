//! Prompts: what AI is asked. The installation's are files; a tenant may put a text of its own in the place of each.
//!
//! A tenant's texts are versions that never change (`automation.prompt_version`). One of them is in use
//! (`automation.prompt_choice`), or else the installation's, which changes with it. A call of a model takes whichever is
//! in use at that moment.

mod check;
mod draft;
mod get;
mod get_version;
mod list;
mod preview;
mod publish;
mod roll_back;
mod versions;

use std::collections::BTreeMap;

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use crate::{App, CheckedPrompt, Operation, OwnPrompt, Problem, PromptInfo};

/// The longest text of a tenant's own, in characters.
const TEXT_MAX: usize = 65_536;
/// How the installation's text is named among the versions.
const SHIPPED: &str = "shipped";
/// Where events of prompts come from.
const SOURCE: &str = "automation";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        list::operation(),
        get::operation(),
        check::operation(),
        preview::operation(),
        versions::operation(),
        get_version::operation(),
        publish::operation(),
        roll_back::operation(),
    ]
}

/// A prompt, without its text.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptView {
    name: String,
    /// Of the installation's text.
    version: u32,
    /// Of the tenant's own text, where that is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_version: Option<i32>,
    /// Recorded with every answer: `name@version`, or `name@version+own.number` of a tenant's own text, which was made
    /// from that version.
    label: String,
    /// Heading of the document that is made from the answer.
    title: String,
    /// What of the input the model sees. Nothing else is sent.
    variables: Vec<String>,
    /// Variables without which it is not sent.
    required: Vec<String>,
    /// How long the answer may be, in tokens, thinking included.
    max_tokens: u32,
    /// Whether the installation's text is as it came with the program; otherwise the operator's folder has it.
    is_shipped: bool,
    /// Why the tenant's own text cannot be used by this release; calls with it fail until that is mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
}

impl PromptView {
    /// Of the text in use.
    fn of(app: &App, installed: &PromptInfo, own: Option<&OwnPrompt>) -> Self {
        let checked = own.and_then(|own| app.outside.check_prompt(&installed.name, own));
        let unusable = checked.as_ref().and_then(CheckedPrompt::unusable);
        let used = checked.and_then(|checked| checked.info);
        let info = used.as_ref().unwrap_or(installed);
        Self {
            name: installed.name.clone(),
            version: installed.version,
            own_version: own.map(|own| own.number),
            label: installed.label(own),
            title: info.title.clone(),
            variables: info.variables.clone(),
            required: info.required.clone(),
            max_tokens: info.max_tokens,
            is_shipped: installed.is_shipped,
            unusable,
        }
    }
}

/// A version of a prompt's text: the installation's, or one of the tenant's own.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptVersion {
    /// Its number, or `shipped` for the installation's.
    version: String,
    /// What answers made with it are recorded with.
    label: String,
    /// Whether models are asked with it.
    in_use: bool,
    /// What changed, in the words of who published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// Who published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
}

impl PromptVersion {
    fn installed(info: &PromptInfo, in_use: bool) -> Self {
        Self {
            version: SHIPPED.to_owned(),
            label: info.label(None),
            in_use,
            note: None,
            created_at: None,
            created_by: None,
        }
    }
}

/// The installation's prompt of this name.
fn find(app: &App, name: &str) -> Result<PromptInfo, Problem> {
    let found = app.outside.prompts().into_iter().find(|prompt| prompt.name == name);
    found.ok_or_else(|| {
        let names: Vec<String> = app.outside.prompts().into_iter().map(|it| it.name).collect();
        Problem::new(
            "not-found",
            format!("there is no such prompt; use one of {}", names.join(", ")),
        )
    })
}

/// The tenant's own text of a prompt that is in use; none where the installation's is.
pub async fn own_prompt(tx: &mut TenantTx, name: &str) -> Result<Option<OwnPrompt>, Problem> {
    let found = sqlx::query_as!(
        OwnPrompt,
        r#"
        select v.number, v.base_version, v.text
        from automation.prompt_choice c
        join automation.prompt_version v
          on v.tenant_id = c.tenant_id and v.prompt = c.prompt and v.number = c.number
        where c.prompt = $1
        "#,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// All of the tenant's own texts that are in use, by the prompt's name.
async fn own_prompts(tx: &mut TenantTx) -> Result<BTreeMap<String, OwnPrompt>, Problem> {
    let rows = sqlx::query!(
        r#"
        select v.prompt, v.number, v.base_version, v.text
        from automation.prompt_choice c
        join automation.prompt_version v
          on v.tenant_id = c.tenant_id and v.prompt = c.prompt and v.number = c.number
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    let own = rows.into_iter().map(|row| {
        let own = OwnPrompt { number: row.number, base_version: row.base_version, text: row.text };
        (row.prompt, own)
    });
    Ok(own.collect())
}

/// One of the tenant's own texts, in use or not.
async fn own_version(
    tx: &mut TenantTx,
    name: &str,
    number: i32,
) -> Result<Option<OwnPrompt>, Problem> {
    let found = sqlx::query_as!(
        OwnPrompt,
        "select number, base_version, text from automation.prompt_version where prompt = $1 and number = $2",
        name,
        number,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// What a caller named: the installation's text, or the number of one of the tenant's own.
fn number_of(version: &str) -> Result<Option<i32>, Problem> {
    if version == SHIPPED {
        return Ok(None);
    }
    version.parse().map(Some).map_err(|_no_number| unknown_version())
}

fn unknown_version() -> Problem {
    Problem::new(
        "not-found",
        "there is no such version of this prompt; see `GET /v1/prompts/{name}/versions`",
    )
}

/// Keeps others from changing which text is in use until the transaction ends.
async fn lock(tx: &mut TenantTx, name: &str) -> Result<(), Problem> {
    let lock = format!("{} prompt {name}", tx.tenant());
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", lock)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Has models asked with this text from now on; with the installation's without a number.
async fn choose(
    tx: &mut TenantTx,
    name: &str,
    number: Option<i32>,
    by: &str,
) -> Result<(), Problem> {
    let now = tx.now();
    match number {
        None => {
            sqlx::query!("delete from automation.prompt_choice where prompt = $1", name)
                .execute(tx.conn())
                .await?
        }
        Some(number) => {
            sqlx::query!(
                r#"
                insert into automation.prompt_choice (prompt, number, changed_at, changed_by)
                values ($1, $2, $3, $4)
                on conflict (tenant_id, prompt) do update
                    set number = excluded.number, changed_at = excluded.changed_at, changed_by = excluded.changed_by
                "#,
                name,
                number,
                now,
                by,
            )
            .execute(tx.conn())
            .await?
        }
    };
    Ok(())
}
