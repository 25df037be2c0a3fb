//! Prompts: what AI is asked. They are files of the installation; here they are looked at and tried.

mod get;
mod list;
mod preview;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{App, Operation, Problem, PromptInfo};

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), preview::operation()]
}

/// A prompt, without its text.
#[derive(Debug, Serialize, JsonSchema)]
struct PromptView {
    name: String,
    /// Recorded with every answer, as `name@version`.
    version: u32,
    /// Heading of the document that is made from the answer.
    title: String,
    /// What of the input the model sees. Nothing else is sent.
    variables: Vec<String>,
    /// Variables without which it is not sent.
    required: Vec<String>,
    /// How long the answer may be, in tokens, thinking included.
    max_tokens: u32,
    /// Whether it is as it came with the program; otherwise the operator's folder has it.
    is_shipped: bool,
}

impl PromptView {
    fn of(info: &PromptInfo) -> Self {
        Self {
            name: info.name.clone(),
            version: info.version,
            title: info.title.clone(),
            variables: info.variables.clone(),
            required: info.required.clone(),
            max_tokens: info.max_tokens,
            is_shipped: info.is_shipped,
        }
    }
}

fn find(app: &App, name: &str) -> Result<PromptInfo, Problem> {
    let found = app.outside.prompts().into_iter().find(|prompt| prompt.name == name);
    found.ok_or_else(|| Problem::not_found("prompt"))
}
