//! `ai.generate`: one prompt, one answer, checked.

use chrono::SecondsFormat;
use connector_kit::{Call, CallError, Usage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    answer::{Answer, Ending, Payload},
    anthropic, markdown, offline, openai,
    price::{self, Price},
    prompts::{Library, Prompt},
    settings::{Provider, Settings},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    /// Name of a prompt, such as `branding_strategy`.
    prompt: String,
    /// What the prompt works from, such as the client's intake. What the prompt does not list is
    /// not sent.
    variables: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Output {
    /// Valid against the prompt's schema.
    content: Map<String, Value>,
    /// The same for people.
    markdown: String,
    /// The model that answered, as the provider names it; `offline-template` when none did.
    ai_model: String,
    provider: String,
    prompt: String,
    prompt_version: Version,
    /// RFC 3339, UTC.
    generated_at: String,
    tokens_used: TokensUsed,
}

/// Which version of the prompt: `1`, or `1+own.3` of a tenant's third text, which was made from version 1.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum Version {
    Shipped(u32),
    Own(String),
}

impl Version {
    fn of(prompt: &Prompt) -> Self {
        match prompt.own {
            None => Self::Shipped(prompt.version),
            Some(_) => Self::Own(prompt.version_text()),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TokensUsed {
    input: u64,
    output: u64,
    /// US dollars; null when the model's price is not known.
    cost: Option<f64>,
}

/// With the prompt of the library, or the tenant's own that stands in for it.
pub(super) async fn generate(
    call: Call,
    library: &Library,
    own: Option<&Prompt>,
    input: Generate,
) -> Result<Output, CallError> {
    let settings: Settings = call.connection.settings()?;
    let own = own.filter(|own| own.name == input.prompt);
    let prompt = own
        .or_else(|| library.get(&input.prompt))
        .ok_or_else(|| unknown_prompt(library, &input.prompt))?;
    let texts = prompt.render(&input.variables).map_err(|missing| {
        invalid_input(format!("{} needs the variables {}", prompt.label(), missing.join(", ")))
    })?;
    let asked = match settings.provider {
        Provider::Offline => compose(prompt, &input.variables),
        Provider::Anthropic => anthropic::ask(&call, &settings, prompt, &texts).await,
        Provider::OpenAi => openai::ask(&call, &settings, prompt, &texts).await,
    };
    // Recorded before the answer is judged: a refused or cut answer costs as much as a good one.
    let cost = record(&call, &settings, prompt, &asked);
    let answer = asked?;
    let (ai_model, input_tokens, output_tokens) =
        (answer.model.clone(), answer.input_tokens, answer.output_tokens);
    let content = answer.content(prompt)?;
    let company = input.variables.get("company_name").and_then(Value::as_str).unwrap_or_default();
    Ok(Output {
        markdown: markdown::render(&prompt.name, &prompt.title, company, &content),
        content: into_object(content),
        ai_model,
        provider: settings.provider.name().to_owned(),
        prompt: prompt.name.clone(),
        prompt_version: Version::of(prompt),
        generated_at: call.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true),
        tokens_used: TokensUsed {
            input: input_tokens,
            output: output_tokens,
            cost: cost.map(price::dollars),
        },
    })
}

/// One sentence about the connection, for a person.
pub(super) async fn check(call: Call) -> Result<String, CallError> {
    let settings: Settings = call.connection.settings()?;
    let (title, models) = match settings.provider {
        Provider::Offline => return Ok("offline composer, no account needed".to_owned()),
        Provider::Anthropic => ("Anthropic", anthropic::models(&call, &settings).await?),
        Provider::OpenAi => ("the OpenAI-compatible API", openai::models(&call, &settings).await?),
    };
    let model = settings.model();
    let count = models.len();
    // Aliases are often missing from the list, so this is a remark and no error.
    Ok(if models.iter().any(|known| known == model) {
        format!("{title} answers; `{model}` is one of its {count} models")
    } else {
        format!(
            "{title} answers, but `{model}` is not among the {count} models it lists; check its name"
        )
    })
}

fn compose(prompt: &Prompt, variables: &Map<String, Value>) -> Result<Answer, CallError> {
    let content = offline::compose(&prompt.name, variables).ok_or_else(|| {
        invalid_input(format!(
            "the offline composer has no template for the prompt `{}`; connect a model for it",
            prompt.name
        ))
    })?;
    Ok(Answer {
        model: offline::MODEL.to_owned(),
        input_tokens: 0,
        output_tokens: 0,
        ending: Ending::Complete,
        payload: Payload::Object(content),
    })
}

/// Notes what the attempt used up; gives the cost, where the price is known.
fn record(
    call: &Call,
    settings: &Settings,
    prompt: &Prompt,
    asked: &Result<Answer, CallError>,
) -> Option<u64> {
    let (model, input_tokens, output_tokens) = match asked {
        Ok(answer) => (answer.model.as_str(), answer.input_tokens, answer.output_tokens),
        Err(_told_nothing) => (settings.model(), 0, 0),
    };
    let cost =
        Price::of(settings, model).map(|price| price.cost_micros(input_tokens, output_tokens));
    call.usage.record(Usage {
        provider: settings.provider.name().to_owned(),
        model: model.to_owned(),
        prompt: prompt.label(),
        input_tokens,
        output_tokens,
        cost_micros: cost.unwrap_or(0),
    });
    cost
}

fn into_object(content: Value) -> Map<String, Value> {
    match content {
        Value::Object(fields) => fields,
        // A prompt's schema always describes an object, which is checked when it is loaded.
        other => Map::from_iter([("content".to_owned(), other)]),
    }
}

fn unknown_prompt(library: &Library, name: &str) -> CallError {
    let known: Vec<&str> = library.names().collect();
    invalid_input(format!(
        "there is no prompt `{}`; use one of {}, or add it to the folder of prompts",
        name.chars().take(64).collect::<String>(),
        known.join(", ")
    ))
}

fn invalid_input(detail: String) -> CallError {
    CallError::Rejected { status: 400, code: "invalid-input".to_owned(), detail }
}
