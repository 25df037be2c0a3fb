//! Anthropic's Messages API.
//!
//! The request holds no tools: what the client wrote is in it, and a model that reads that text must
//! not be able to do anything. (Current models also refuse forced tool calls and any temperature
//! but their own.) Docs: <https://platform.claude.com/docs/en/api/messages>

use connector_kit::{
    Call, CallError,
    http::{Request, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Ending, Payload},
    prompts::{Prompt, Rendered},
    settings::Settings,
};

/// The wire format that this client was written against.
pub(super) const VERSION: &str = "2023-06-01";

#[derive(Deserialize)]
struct Message {
    model: String,
    #[serde(default)]
    content: Vec<Value>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the provider's own names")]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

pub(super) async fn ask(
    call: &Call,
    settings: &Settings,
    prompt: &Prompt,
    texts: &Rendered,
) -> Result<Answer, CallError> {
    let mut body = json!({
        "model": settings.model(),
        "max_tokens": prompt.max_tokens,
        "system": texts.system,
        "messages": [{ "role": "user", "content": texts.user }],
    });
    if let (Some(temperature), Some(fields)) = (prompt.temperature, body.as_object_mut()) {
        fields.insert("temperature".to_owned(), temperature.into());
    }
    let request = authorised(Request::post(&settings.url("/messages")), settings)?.json(&body);
    let response = call.http.send(request, call.timeout).await?;
    Ok(read(checked(call, response)?.json()?))
}

/// How many models the account may use, and whether ours is one of them.
pub(super) async fn models(call: &Call, settings: &Settings) -> Result<Vec<String>, CallError> {
    let url = settings.url("/models?limit=1000");
    let response = call.http.send(authorised(Request::get(&url), settings)?, call.timeout).await?;
    let list: super::ModelList = checked(call, response)?.json()?;
    Ok(list.ids())
}

fn authorised(request: Request, settings: &Settings) -> Result<Request, CallError> {
    Ok(request
        .secret_header("x-api-key", settings.required_key()?)
        .header("anthropic-version", VERSION))
}

fn checked(call: &Call, response: Response) -> Result<Response, CallError> {
    let now = call.clock.now();
    if response.status == 529 {
        return Err(CallError::Unavailable {
            status: Some(529),
            retry_after: response.retry_after(now),
            detail: "the provider is overloaded".to_owned(),
        });
    }
    response.ok_or_error(now)
}

fn read(message: Message) -> Answer {
    let ending = match message.stop_reason.as_deref() {
        Some("end_turn" | "stop_sequence" | "tool_use") => Ending::Complete,
        Some(limit @ ("max_tokens" | "model_context_window_exceeded")) => {
            Ending::Cut(limit.to_owned())
        }
        Some("refusal") => Ending::Refused("refusal".to_owned()),
        Some(other) => Ending::Other(other.to_owned()),
        None => Ending::Other("no stop_reason".to_owned()),
    };
    // Thinking and kinds of block that we do not know are passed over.
    let blocks = |kind: &'static str, field: &'static str| {
        message
            .content
            .iter()
            .filter(move |block| block["type"] == kind)
            .filter_map(move |block| block.get(field))
    };
    let text: String = blocks("text", "text").filter_map(Value::as_str).collect();
    let payload = match blocks("tool_use", "input").next() {
        Some(input) if text.trim().is_empty() => Payload::Object(input.clone()),
        _ => Payload::Text(text),
    };
    let usage = message.usage;
    Answer {
        model: message.model,
        input_tokens: usage
            .input_tokens
            .saturating_add(usage.cache_creation_input_tokens.unwrap_or(0))
            .saturating_add(usage.cache_read_input_tokens.unwrap_or(0)),
        output_tokens: usage.output_tokens,
        ending,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content: Value, stop_reason: &str) -> Answer {
        let message = json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": content, "stop_reason": stop_reason,
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 3,
                      "service_tier": "standard"},
        });
        read(serde_json::from_value(message).unwrap())
    }

    #[test]
    fn text_blocks_are_joined_and_unknown_blocks_passed_over() {
        let content = json!([
            {"type": "thinking", "thinking": "{\"not\": \"this\"}", "signature": "x"},
            {"type": "text", "text": "{\"a\":"},
            {"type": "server_thing", "data": 1},
            {"type": "text", "text": " 1}"},
        ]);
        let answer = answer(content, "end_turn");
        assert_eq!(answer.payload, Payload::Text("{\"a\": 1}".to_owned()));
        assert_eq!((answer.input_tokens, answer.output_tokens), (7, 3));
    }

    #[test]
    fn a_tool_call_is_read_as_the_answer_when_there_is_no_text() {
        let content = json!([{"type": "tool_use", "id": "t", "name": "x", "input": {"a": 1}}]);
        assert_eq!(answer(content, "tool_use").payload, Payload::Object(json!({"a": 1})));
    }

    #[test]
    fn stop_reasons_decide_whether_an_answer_counts() {
        for (reason, expected) in [
            ("end_turn", Ending::Complete),
            ("max_tokens", Ending::Cut("max_tokens".to_owned())),
            ("refusal", Ending::Refused("refusal".to_owned())),
            ("brand_new", Ending::Other("brand_new".to_owned())),
        ] {
            assert_eq!(answer(json!([]), reason).ending, expected);
        }
    }
}
