//! Chat completions as OpenAI's servers speak them, errors included.

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    anthropic::Answer,
    model::{End, Reply, Twist, reply},
};
use crate::ai::offline;

/// The limit when a request names none.
const DEFAULT_TOKENS: u64 = 16_000;

/// An error in OpenAI's words.
pub(super) fn error(status: u16, kind: &str, code: Option<&str>, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = json!({ "message": message, "type": kind, "param": null, "code": code });
    (status, json!({ "error": error }))
}

fn invalid(message: &str) -> Answer {
    error(400, "invalid_request_error", None, message)
}

fn admit(headers: &HeaderMap) -> Result<(), Answer> {
    let key = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match key {
        Some(key) if key.starts_with("sk-") => Ok(()),
        Some(_) => Err(error(
            401,
            "invalid_request_error",
            Some("invalid_api_key"),
            "Incorrect API key provided",
        )),
        None => Err(error(
            401,
            "invalid_request_error",
            None,
            "You didn't provide an API key in an Authorization header",
        )),
    }
}

pub(super) fn chat_completions(
    headers: &HeaderMap,
    body: &Value,
    twist: Option<Twist>,
    id: &str,
    created: i64,
) -> Answer {
    match admit(headers).and_then(|()| read(body)) {
        Ok((system, user, max_tokens)) => {
            let reply = reply(&system, &user, max_tokens, twist);
            (StatusCode::OK, completion(reply, id, created))
        }
        Err(refusal) => refusal,
    }
}

pub(super) fn models(headers: &HeaderMap) -> Answer {
    if let Err(refusal) = admit(headers) {
        return refusal;
    }
    let model =
        json!({ "id": offline::MODEL, "object": "model", "created": 0, "owned_by": "sandbox" });
    (StatusCode::OK, json!({ "object": "list", "data": [model] }))
}

fn read(body: &Value) -> Result<(String, String, u64), Answer> {
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("you must provide a model parameter"));
    }
    let limits = [&body["max_completion_tokens"], &body["max_tokens"]];
    if limits.iter().all(|limit| !limit.is_null()) {
        return Err(invalid("max_tokens and max_completion_tokens cannot both be set"));
    }
    if limits.iter().any(|limit| !limit.is_null() && limit.as_u64().is_none_or(|n| n == 0)) {
        return Err(invalid("the limit of tokens must be an integer of at least 1"));
    }
    let max_tokens = limits.iter().find_map(|limit| limit.as_u64()).unwrap_or(DEFAULT_TOKENS);
    check_format(&body["response_format"])?;
    let messages = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty())
        .ok_or_else(|| invalid("messages must hold at least one message"))?;
    let (mut system, mut user) = (String::new(), String::new());
    for (message, place) in messages.iter().zip(0_usize..) {
        let Some(content) = message["content"].as_str() else {
            return Err(invalid(&format!("messages[{place}].content must be a string")));
        };
        match message["role"].as_str() {
            Some("system" | "developer") => content.clone_into(&mut system),
            Some("user") => content.clone_into(&mut user),
            Some("assistant") => {}
            _ => return Err(invalid(&format!("messages[{place}].role is not known"))),
        }
    }
    Ok((system, user, max_tokens))
}

fn check_format(format: &Value) -> Result<(), Answer> {
    match format["type"].as_str() {
        None if format.is_null() => Ok(()),
        Some("text" | "json_object") => Ok(()),
        Some("json_schema") => {
            let schema = &format["json_schema"];
            if schema["name"].as_str().is_none_or(str::is_empty) {
                return Err(invalid("response_format.json_schema.name is required"));
            }
            if !schema["schema"].is_object() {
                return Err(invalid("response_format.json_schema.schema must be an object"));
            }
            Ok(())
        }
        _ => Err(invalid("response_format.type is not known")),
    }
}

fn completion(reply: Reply, id: &str, created: i64) -> Value {
    let (finish_reason, content, refusal) = match reply.end {
        End::Complete => ("stop", Value::from(reply.text), Value::Null),
        End::Cut => ("length", Value::from(reply.text), Value::Null),
        End::Refused => ("stop", Value::Null, Value::from("I can't help with that.")),
    };
    json!({
        "id": format!("chatcmpl-{id}"),
        "object": "chat.completion",
        "created": created,
        "model": offline::MODEL,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": refusal },
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
        "usage": {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
        },
    })
}
