//! Any OpenAI-compatible chat completions API: OpenAI, Gemini, Ollama, vLLM and others.
//!
//! No tools either: see the Anthropic client. Docs:
//! <https://platform.openai.com/docs/api-reference/chat>

use connector_kit::{
    Call, CallError,
    http::{Request, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Ending, Payload},
    prompts::{Prompt, Rendered},
    settings::{AnswerFormat, Settings},
};

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    model: String,
    choices: Vec<Choice>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    message: Value,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
}

pub(super) async fn ask(
    call: &Call,
    settings: &Settings,
    prompt: &Prompt,
    texts: &Rendered,
) -> Result<Answer, CallError> {
    let mut body = json!({
        "model": settings.model(),
        "messages": [
            { "role": "system", "content": texts.system },
            { "role": "user", "content": texts.user },
        ],
    });
    if let Some(fields) = body.as_object_mut() {
        // OpenAI's own models refuse the old name; most compatible servers know only that.
        let limit =
            if settings.is_openai_itself() { "max_completion_tokens" } else { "max_tokens" };
        fields.insert(limit.to_owned(), prompt.max_tokens.into());
        if let Some(temperature) = prompt.temperature {
            fields.insert("temperature".to_owned(), temperature.into());
        }
        if let Some(format) = answer_format(settings.answer_format, prompt) {
            fields.insert("response_format".to_owned(), format);
        }
    }
    let request =
        authorised(Request::post(&settings.url("/chat/completions")), settings)?.json(&body);
    let response = call.http.send(request, call.timeout).await?;
    read(checked(call, response)?.json()?, settings)
}

pub(super) async fn models(call: &Call, settings: &Settings) -> Result<Vec<String>, CallError> {
    let request = authorised(Request::get(&settings.url("/models")), settings)?;
    let response = call.http.send(request, call.timeout).await?;
    let list: super::ModelList = checked(call, response)?.json()?;
    Ok(list.ids())
}

fn authorised(request: Request, settings: &Settings) -> Result<Request, CallError> {
    match &settings.api_key {
        Some(key) => Ok(request.bearer(key)),
        None if settings.is_openai_itself() => settings.required_key().map(|_| request),
        None => Ok(request),
    }
}

fn answer_format(format: AnswerFormat, prompt: &Prompt) -> Option<Value> {
    match format {
        // Not `strict`: that mode refuses the sizes in our schemas, which we check ourselves.
        AnswerFormat::JsonSchema => Some(json!({
            "type": "json_schema",
            "json_schema": { "name": prompt.name, "schema": prompt.schema, "strict": false },
        })),
        AnswerFormat::JsonObject => Some(json!({ "type": "json_object" })),
        AnswerFormat::Text => None,
    }
}

fn checked(call: &Call, response: Response) -> Result<Response, CallError> {
    let now = call.clock.now();
    if response.status == 429 && is_out_of_quota(&response) {
        return Err(CallError::Rejected {
            status: 429,
            code: "insufficient_quota".to_owned(),
            detail: "the account has no credit left; add credit at the provider, then try again"
                .to_owned(),
        });
    }
    if response.status == 529 {
        return Err(CallError::Unavailable {
            status: Some(529),
            retry_after: response.retry_after(now),
            detail: "the provider is overloaded".to_owned(),
        });
    }
    response.ok_or_error(now)
}

/// A 429 that waiting does not cure.
fn is_out_of_quota(response: &Response) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(&response.body) else { return false };
    ["code", "type"].iter().any(|field| body["error"][*field] == "insufficient_quota")
}

fn read(completion: Completion, settings: &Settings) -> Result<Answer, CallError> {
    let Some(choice) = completion.choices.into_iter().next() else {
        return Err(CallError::Unreadable { detail: "the answer has no choices".to_owned() });
    };
    let message = &choice.message;
    let refusal = message["refusal"].as_str().filter(|text| !text.is_empty());
    let ending = match (choice.finish_reason.as_deref(), refusal) {
        (_, Some(_may_quote_the_client)) => Ending::Refused("refusal".to_owned()),
        (Some(reason @ "content_filter"), None) => Ending::Refused(reason.to_owned()),
        (Some("stop" | "tool_calls" | "function_call"), None) => Ending::Complete,
        (Some(limit @ "length"), None) => Ending::Cut(limit.to_owned()),
        (Some(other), None) => Ending::Other(other.to_owned()),
        (None, None) => Ending::Other("no finish_reason".to_owned()),
    };
    let usage = completion.usage.unwrap_or_default();
    let model =
        if completion.model.is_empty() { settings.model().to_owned() } else { completion.model };
    Ok(Answer {
        model,
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
        ending,
        payload: Payload::Text(text_of(message)),
    })
}

/// Content as text, or as a list of parts, which some servers send.
fn text_of(message: &Value) -> String {
    let content = &message["content"];
    let called = || message["tool_calls"][0]["function"]["arguments"].as_str();
    match content {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => called().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(message: Value, finish_reason: &str) -> Answer {
        let settings = serde_json::from_value(json!({"provider": "openai"})).unwrap();
        let completion = json!({
            "id": "c", "object": "chat.completion", "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
        });
        read(serde_json::from_value(completion).unwrap(), &settings).unwrap()
    }

    #[test]
    fn content_is_read_as_text_as_parts_or_from_a_call() {
        let text = Payload::Text("{}".to_owned());
        for message in [
            json!({"content": "{}"}),
            json!({"content": [{"type": "text", "text": "{}"}]}),
            json!({"content": null, "tool_calls": [{"function": {"arguments": "{}"}}]}),
        ] {
            assert_eq!(answer(message, "stop").payload, text);
        }
    }

    #[test]
    fn finish_reasons_decide_whether_an_answer_counts() {
        for (reason, expected) in [
            ("stop", Ending::Complete),
            ("length", Ending::Cut("length".to_owned())),
            ("content_filter", Ending::Refused("content_filter".to_owned())),
            ("brand_new", Ending::Other("brand_new".to_owned())),
        ] {
            assert_eq!(answer(json!({"content": "{}"}), reason).ending, expected);
        }
        let declined = json!({"content": null, "refusal": "I cannot"});
        assert_eq!(answer(declined, "stop").ending, Ending::Refused("refusal".to_owned()));
    }
}
