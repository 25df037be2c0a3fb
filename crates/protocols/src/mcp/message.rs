//! Messages of JSON-RPC, alone or as events of a stream.

use connector_kit::{CALL_FAILED, CallError};
use serde_json::{Value, json};

/// How much of what a server says stands in an error.
const EXCERPT_CHARS_MAX: usize = 300;

/// A message to the server.
#[derive(Debug)]
pub(super) struct Message {
    /// `None` of a notification, which is not answered.
    pub(super) id: Option<u64>,
    pub(super) method: String,
    pub(super) body: Value,
}

impl Message {
    pub(super) fn request(id: u64, method: &str, parameters: Value) -> Self {
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters });
        Self { id: Some(id), method: method.to_owned(), body }
    }

    pub(super) fn notification(method: &str) -> Self {
        let body = json!({ "jsonrpc": "2.0", "method": method });
        Self { id: None, method: method.to_owned(), body }
    }

    /// The answer to it, if that is what came, alone or among several.
    pub(super) fn answer_in(&self, came: Value) -> Option<Value> {
        match came {
            Value::Array(messages) => messages.into_iter().find_map(|it| self.answer_in(it)),
            came => {
                let id = came.get("id").and_then(Value::as_u64);
                (is_answer(&came) && id.is_some() && id == self.id).then_some(came)
            }
        }
    }
}

/// What an answer gives: its result, if neither the request nor its tool failed.
pub(super) fn result(method: &str, mut answer: Value) -> Result<Value, CallError> {
    if let Some(error) = answer.get("error") {
        let code = error.get("code").and_then(Value::as_i64).unwrap_or_default();
        let text = error.get("message").and_then(Value::as_str).unwrap_or_default();
        let detail =
            format!("the server answered `{method}` with the error {code}: {}", short(text));
        return Err(failed(status_of(code), detail));
    }
    let result = answer.get_mut("result").map(Value::take).unwrap_or_default();
    if method == "tools/call" && result.get("isError") == Some(&Value::Bool(true)) {
        let told = result.get("content").and_then(Value::as_array);
        let told: Vec<&str> = told
            .into_iter()
            .flatten()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect();
        return Err(failed(500, format!("the tool failed: {}", short(&told.join(" ")))));
    }
    Ok(result)
}

fn failed(status: u16, detail: String) -> CallError {
    CallError::Rejected { status, code: CALL_FAILED.to_owned(), detail }
}

/// The status of HTTP for an error of JSON-RPC or of the protocol.
fn status_of(code: i64) -> u16 {
    match code {
        -32_700 | -32_600 | -32_602 => 400,
        -32_601 | -32_002 => 404,
        _ => 500,
    }
}

pub(super) fn short(text: &str) -> String {
    let text = text.trim().chars().map(|it| if it.is_control() { ' ' } else { it });
    text.take(EXCERPT_CHARS_MAX).collect()
}

fn is_answer(message: &Value) -> bool {
    message.get("result").is_some() || message.get("error").is_some()
}

/// The messages of a stream of events.
pub(super) fn events(body: &[u8]) -> impl Iterator<Item = Value> {
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n").replace('\r', "\n");
    let events: Vec<Value> = text
        .split("\n\n")
        .filter_map(|event| {
            let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
            let data: Vec<&str> =
                lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
            serde_json::from_str(&data.join("\n")).ok()
        })
        .collect();
    events.into_iter()
}

/// Whether a stream holds an answer. Looks only at the events that ended in what was not `seen` yet.
pub(super) fn has_answer(body: &[u8], seen: usize) -> bool {
    let ends_at = |place: usize| {
        let rest = body.get(place..).unwrap_or_default();
        [&b"\n\n"[..], b"\r\n\r\n", b"\r\r"].iter().any(|end| rest.starts_with(end))
    };
    // An end may be seen in part.
    let new = seen.saturating_sub(3);
    if !(new..body.len()).any(ends_at) {
        return false;
    }
    let begins = (0..new).rev().find(|place| ends_at(*place)).unwrap_or_default();
    let contains = |message: &Value| match message {
        Value::Array(messages) => messages.iter().any(is_answer),
        message => is_answer(message),
    };
    events(body.get(begins..).unwrap_or_default()).any(|message| contains(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_seen_when_its_event_ends_however_it_comes_in() {
        for end in ["\n", "\r\n", "\r"] {
            let note = r#"data: {"method":"notifications/message"}"#;
            let answer = r#"data: {"id":2,"#;
            let more = r#"data: "result":{}}"#;
            let lines = [": hello", "", note, "", "id: 7", answer, more, "", ""];
            let body = lines.join(end);
            for size in [1, 2, 3, 7, 1000] {
                let mut seen = 0;
                let mut found = false;
                while seen < body.len() && !found {
                    let came = (seen + size).min(body.len());
                    found = has_answer(&body.as_bytes()[..came], seen);
                    assert!(!found || body.len() - end.len() < came, "{end:?} {size}");
                    seen = came;
                }
                assert!(found, "{end:?} {size}");
            }
            let asked = Message::request(2, "tools/list", json!({}));
            let mut found = events(body.as_bytes()).filter_map(|it| asked.answer_in(it));
            assert_eq!(found.next(), Some(json!({ "id": 2, "result": {} })));
            assert_eq!(found.next(), None);
        }
    }

    #[test]
    fn errors_have_a_status() {
        for (code, expected) in [
            (-32_700, 400),
            (-32_601, 404),
            (-32_602, 400),
            (-32_603, 500),
            (-32_002, 404),
            (7, 500),
        ] {
            let answer = json!({ "error": { "code": code, "message": "no\nmore" } });
            match result("tools/list", answer) {
                Err(CallError::Rejected { status, code: title, detail }) => {
                    assert_eq!((status, title.as_str()), (expected, CALL_FAILED));
                    assert!(detail.ends_with(&format!("the error {code}: no more")), "{detail}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
