//! Prompts: the installation's, and the texts that tenants put in their place.

use connector_kit::CallError;
use connectors::ai::prompts::{Checked, Prompt};
use domain::{CheckedPrompt, OwnPrompt, PromptFault, PromptInfo, RenderedPrompt};
use engine::Attempt;
use kernel::TenantId;
use serde_json::{Map, Value};
use store::StoreError;

use super::{Adapters, not_tried};

/// The function that asks a model.
const GENERATE: &str = "ai.generate";

impl Adapters {
    /// What stands in for the prompt that a call names, at this moment.
    pub(super) async fn own_prompt(
        &self,
        tenant: TenantId,
        attempt: &Attempt,
    ) -> Result<Option<Prompt>, CallError> {
        let name = attempt.input.get("prompt").and_then(Value::as_str);
        let (GENERATE, Some(name), Some(db)) = (&*attempt.function, name, self.db.get()) else {
            return Ok(None);
        };
        let mut tx = db.tenant(tenant).await.map_err(|error| not_tried(&error))?;
        let own = domain::automation::own_prompt(&mut tx, name).await;
        let own = own.map_err(|problem| match problem.into_store_error() {
            Ok(error) => not_tried(&error),
            Err(problem) => not_tried(&StoreError::Corrupt(problem.detail().to_owned())),
        })?;
        tx.commit().await.map_err(|error| not_tried(&error))?;
        let Some(own) = own else { return Ok(None) };
        let Some(checked) = self.checked(name, &own) else { return Ok(None) };
        let unusable = shown(&checked).unusable();
        match (checked.prompt, unusable) {
            (None, Some(detail)) => Err(CallError::Rejected {
                status: 409,
                code: "prompt-unusable".to_owned(),
                detail: format!("the prompt `{name}`: {detail}"),
            }),
            (prompt, _) => Ok(prompt),
        }
    }

    fn checked(&self, name: &str, own: &OwnPrompt) -> Option<Checked> {
        let number = u32::try_from(own.number).unwrap_or_default();
        self.prompts.own(name, &own.text, number)
    }

    pub(super) fn prompt_infos(&self) -> Vec<PromptInfo> {
        self.prompts.all().map(info).collect()
    }

    pub(super) fn check_own_prompt(&self, name: &str, own: &OwnPrompt) -> Option<CheckedPrompt> {
        self.checked(name, own).as_ref().map(shown)
    }

    pub(super) fn rendered(
        &self,
        name: &str,
        own: Option<&OwnPrompt>,
        variables: &Map<String, Value>,
    ) -> Option<Result<RenderedPrompt, Vec<String>>> {
        let rendered = match own {
            Some(own) => self.checked(name, own)?.prompt?.render(variables),
            None => self.prompts.get(name)?.render(variables),
        };
        Some(rendered.map(|it| RenderedPrompt { system: it.system, user: it.user }))
    }
}

fn shown(checked: &Checked) -> CheckedPrompt {
    let faults = checked.faults.iter().map(|fault| PromptFault {
        line: fault.line,
        column: fault.column,
        message: fault.message.clone(),
        is_warning: fault.is_warning,
    });
    CheckedPrompt { info: checked.prompt.as_ref().map(info), faults: faults.collect() }
}

fn info(prompt: &Prompt) -> PromptInfo {
    PromptInfo {
        name: prompt.name.clone(),
        version: prompt.version,
        title: prompt.title.clone(),
        max_tokens: prompt.max_tokens,
        variables: prompt.variables.clone(),
        required: prompt.required.clone(),
        schema: prompt.schema.clone(),
        text: prompt.text.clone(),
        is_shipped: prompt.is_shipped,
    }
}
