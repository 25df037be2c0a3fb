//! The Messages API as Anthropic's servers speak it, errors included.

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::model::{End, Reply, Twist, reply};
use crate::ai::offline;

/// Versions of the wire format that are accepted.
const VERSIONS: [&str; 2] = ["2023-06-01", "2026-10-21"];
/// Fields of a request; the real API refuses any other.
const FIELDS: [&str; 13] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "metadata",
    "stop_sequences",
    "stream",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "output_config",
    "service_tier",
];

pub(super) type Answer = (StatusCode, Value);

fn error(status: u16, kind: &str, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": "req_simulated",
    });
    (status, body)
}

fn invalid(message: &str) -> Answer {
    error(400, "invalid_request_error", message)
}

/// Key and version, as every request needs them.
fn admit(headers: &HeaderMap) -> Result<(), Answer> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(key) = header("x-api-key") else {
        return Err(error(401, "authentication_error", "x-api-key header is required"));
    };
    if !key.starts_with("sk-ant-") {
        return Err(error(401, "authentication_error", "invalid x-api-key"));
    }
    match header("anthropic-version") {
        Some(version) if VERSIONS.contains(&version) => Ok(()),
        Some(_) => Err(invalid("anthropic-version: not a known version")),
        None => Err(invalid("anthropic-version: header is required")),
    }
}

pub(super) fn messages(
    headers: &HeaderMap,
    body: &Value,
    twist: Option<Twist>,
    id: &str,
) -> Answer {
    match admit(headers).and_then(|()| read(body)) {
        Ok((system, user, max_tokens)) => {
            (StatusCode::OK, message(reply(&system, &user, max_tokens, twist), id))
        }
        Err(refusal) => refusal,
    }
}

pub(super) fn models(headers: &HeaderMap) -> Answer {
    if let Err(refusal) = admit(headers) {
        return refusal;
    }
    let model = json!({
        "type": "model",
        "id": offline::MODEL,
        "display_name": "Offline composer (simulated)",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let body = json!({
        "data": [model],
        "has_more": false,
        "first_id": offline::MODEL,
        "last_id": offline::MODEL,
    });
    (StatusCode::OK, body)
}

/// System text, user text and limit of a request that the real API would take.
fn read(body: &Value) -> Result<(String, String, u64), Answer> {
    let fields = body.as_object().ok_or_else(|| invalid("the body must be a JSON object"))?;
    if let Some(extra) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(invalid(&format!("{extra}: Extra inputs are not permitted")));
    }
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("model: Field required"));
    }
    let max_tokens = body["max_tokens"]
        .as_u64()
        .filter(|tokens| 0 < *tokens)
        .ok_or_else(|| invalid("max_tokens: Field required, an integer of at least 1"))?;
    if fields.get("temperature").is_some_and(|value| value.as_f64() != Some(1.0)) {
        return Err(invalid("temperature: this model only takes its default"));
    }
    if matches!(body["tool_choice"]["type"].as_str(), Some("tool" | "any")) {
        return Err(invalid("tool_choice: this model does not take forced tool use"));
    }
    if body["stream"] == true {
        return Err(invalid("stream: this simulator answers whole messages only"));
    }
    let messages = body["messages"]
        .as_array()
        .filter(|messages| !messages.is_empty())
        .ok_or_else(|| invalid("messages: at least one message is required"))?;
    let mut user = String::new();
    for (message, place) in messages.iter().zip(0_usize..) {
        let text = text_of(&message["content"]).filter(|text| !text.trim().is_empty());
        let Some(text) = text else {
            return Err(invalid(&format!("messages.{place}.content: Field required")));
        };
        match message["role"].as_str() {
            Some("user") => user = text,
            Some("assistant") => {}
            _ => return Err(invalid(&format!("messages.{place}.role: user or assistant"))),
        }
    }
    Ok((text_of(&body["system"]).unwrap_or_default(), user, max_tokens))
}

/// A text, or the texts of a list of blocks.
fn text_of(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(blocks) => {
            Some(blocks.iter().filter_map(|block| block["text"].as_str()).collect())
        }
        _ => None,
    }
}

fn message(reply: Reply, id: &str) -> Value {
    let stop_reason = match reply.end {
        End::Complete => "end_turn",
        End::Cut => "max_tokens",
        End::Refused => "refusal",
    };
    let content = if reply.text.is_empty() {
        json!([])
    } else {
        json!([{ "type": "text", "text": reply.text }])
    };
    json!({
        "id": format!("msg_{id}"),
        "type": "message",
        "role": "assistant",
        "model": offline::MODEL,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": reply.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": reply.output_tokens,
        },
    })
}
