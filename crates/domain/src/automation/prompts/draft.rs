//! A text that is not published yet.

use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use super::{find, own_prompt};
use crate::{App, CheckedPrompt, FieldError, OwnPrompt, Problem, PromptFault, PromptInfo};

/// One problem of a text, and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PromptProblem {
    severity: PromptSeverity,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    message: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PromptSeverity {
    /// The text cannot be published.
    Error,
    /// It can, and may not do what was meant.
    Warning,
}

impl From<PromptFault> for PromptProblem {
    fn from(fault: PromptFault) -> Self {
        let PromptFault { line, column, message, is_warning } = fault;
        let severity = if is_warning { PromptSeverity::Warning } else { PromptSeverity::Error };
        Self { severity, line, column, message }
    }
}

/// A text as the tenant's next version would be.
pub(super) struct Draft {
    pub(super) installed: PromptInfo,
    pub(super) own: OwnPrompt,
    pub(super) checked: CheckedPrompt,
}

impl Draft {
    pub(super) fn new(app: &App, name: &str, text: String, number: i32) -> Result<Self, Problem> {
        let installed = find(app, name)?;
        let text = text.replace("\r\n", "\n");
        // What the text says itself is known once it was read.
        let mut own = OwnPrompt { number, base_version: 1, text };
        let checked =
            app.outside.check_prompt(name, &own).ok_or_else(|| Problem::not_found("prompt"))?;
        if let Some(version) = checked.info.as_ref().map(|info| info.version) {
            own.base_version = i32::try_from(version).map_err(Problem::internal)?;
        }
        Ok(Self { installed, own, checked })
    }

    /// Refuses a text that a model cannot be asked with.
    pub(super) fn require_sound(&self) -> Result<(), Problem> {
        if self.checked.info.is_some() {
            return Ok(());
        }
        let errors = self.checked.faults.iter().filter(|fault| !fault.is_warning);
        Err(Problem::invalid(
            errors
                .map(|fault| FieldError { pointer: "/text".to_owned(), detail: fault.to_string() })
                .collect(),
        ))
    }
}

/// The number that the tenant's next text of a prompt gets.
pub(super) async fn next_number(tx: &mut TenantTx, name: &str) -> Result<i32, Problem> {
    let next = sqlx::query_scalar!(
        r#"select coalesce(max(number), 0) + 1 as "next!" from automation.prompt_version where prompt = $1"#,
        name,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(next)
}

/// What a model is asked with now: the tenant's own text, if it has one in use.
pub(super) async fn label_in_use(
    tx: &mut TenantTx,
    installed: &PromptInfo,
) -> Result<String, Problem> {
    let own = own_prompt(tx, &installed.name).await?;
    Ok(installed.label(own.as_ref()))
}
