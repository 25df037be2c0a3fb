//! AI: deliverables from a client's intake, by Anthropic, any OpenAI-compatible API, or offline.
//!
//! One function, `generate`: a prompt of the library and variables go in; content that is valid
//! against the prompt's schema comes out, as JSON and as Markdown, with the model, the prompt's
//! version, tokens and cost. It changes nothing outside, so the engine may repeat it; what every
//! attempt used up is recorded before its answer is judged.
//!
//! Invariant: what the client wrote is data. It is sent inside a block that it cannot close, the
//! prompt says that it is never an instruction, and no request that carries it offers tools.

mod answer;
mod anthropic;
mod generate;
pub mod markdown;
pub mod offline;
mod openai;
mod price;
pub mod prompts;
mod settings;
pub mod simulator;

use std::sync::Arc;

use connector_kit::{Call, CallError, Connector, Effect, Function};
use serde::Deserialize;
use serde_json::Value;

use generate::{Generate, Output, generate};
use prompts::{Library, Prompt};

/// The connector, with the prompts it may use.
pub fn connector(prompts: Arc<Library>) -> Connector {
    Connector {
        id: "ai",
        title: "AI",
        settings: schemars::schema_for!(settings::Settings).to_value(),
        functions: vec![Function {
            name: "generate",
            summary: "Writes a deliverable from a prompt of the library.",
            // Asking again costs money but changes nothing outside.
            effect: Effect::Read,
            input: schemars::schema_for!(Generate).to_value(),
            output: schemars::schema_for!(Output).to_value(),
            run: Arc::new(move |call, input| {
                let prompts = Arc::clone(&prompts);
                Box::pin(async move { generate_with(call, &prompts, None, input).await })
            }),
            find: None,
        }],
        check: Arc::new(|call| Box::pin(generate::check(call))),
    }
}

/// The function `generate`, with a tenant's own prompt in the place of the library's.
///
/// # Errors
/// As for every call of a function.
pub async fn generate_with(
    call: Call,
    prompts: &Library,
    own: Option<&Prompt>,
    input: Value,
) -> Result<Value, CallError> {
    let input = serde_json::from_value(input).map_err(|error| CallError::Rejected {
        status: 400,
        code: "invalid-input".to_owned(),
        detail: error.to_string(),
    })?;
    let output = generate(call, prompts, own, input).await?;
    serde_json::to_value(output).map_err(|error| CallError::Unreadable {
        detail: format!("the output cannot be written as JSON: {error}"),
    })
}

/// The answer of `GET /v1/models`, alike in both dialects.
#[derive(Deserialize)]
struct ModelList {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl ModelList {
    fn ids(self) -> Vec<String> {
        self.data.into_iter().map(|model| model.id).collect()
    }
}

#[cfg(test)]
mod tests;
