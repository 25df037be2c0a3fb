//! Prompts, as far as the product needs to know them: the installation's, and texts that stand in for them.

use serde_json::Value;

/// A prompt of the AI connector.
#[derive(Debug, Clone)]
pub struct PromptInfo {
    pub name: String,
    pub version: u32,
    pub title: String,
    /// How long the answer may be, thinking included.
    pub max_tokens: u32,
    /// What of the input the model sees.
    pub variables: Vec<String>,
    /// Variables without which asking makes no sense.
    pub required: Vec<String>,
    /// JSON Schema of the answer.
    pub schema: Value,
    /// The file as it was written.
    pub text: String,
    /// Whether it is as it came with the program.
    pub is_shipped: bool,
}

impl PromptInfo {
    /// What answers made with it, or with a tenant's own text in its place, are recorded with.
    pub(crate) fn label(&self, own: Option<&OwnPrompt>) -> String {
        own.map_or_else(|| format!("{}@{}", self.name, self.version), |own| own.label(&self.name))
    }
}

/// The two texts that a model gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedPrompt {
    pub system: String,
    pub user: String,
}

/// A tenant's own text in the place of a prompt of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPrompt {
    /// From 1, for each prompt of a tenant.
    pub number: i32,
    /// The version of the installation's text that it was made from.
    pub base_version: i32,
    pub text: String,
}

impl OwnPrompt {
    /// What answers made with it are recorded with: `assessment@1+own.3`.
    pub fn label(&self, name: &str) -> String {
        Self::label_of(name, self.base_version, self.number)
    }

    pub(crate) fn label_of(name: &str, base_version: i32, number: i32) -> String {
        format!("{name}@{base_version}+own.{number}")
    }
}

/// One thing that is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PromptFault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    /// Whether the text can be used all the same.
    pub is_warning: bool,
}

/// What a text says of itself, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct CheckedPrompt {
    /// None where it cannot be used.
    pub info: Option<PromptInfo>,
    /// In the order of the text.
    pub faults: Vec<PromptFault>,
}

impl CheckedPrompt {
    /// Why a model cannot be asked with it, and what to do.
    pub fn unusable(&self) -> Option<String> {
        if self.info.is_some() {
            return None;
        }
        let first = self.faults.iter().find(|fault| !fault.is_warning);
        let reason = first.map_or_else(String::new, |fault| format!(" ({fault})"));
        Some(format!(
            "this release cannot use the tenant's own text{reason}; publish a corrected one, or roll back to `shipped`"
        ))
    }
}
