//! Slack without an account: `chat.postMessage` and `auth.test`, as strict as Slack about tokens,
//! channels, metadata and lengths. Stricter in two things: a channel is named by its id only, and a
//! message that it never posted has no thread.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
    routing::{any, post},
};
use connector_kit::simulator::{LedgerEffect, Mark, SimulatorKit};
use serde_json::{Value, json};

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "slack";
const BOT_TOKEN: &str = "xoxb-sandbox-0000";
/// What Slack's own JavaScript client sends.
const FORM: &[u8] = b"application/x-www-form-urlencoded";
const TEXT_MAX: usize = 40_000;
const BLOCKS_MAX: usize = 50;
const MICROS: i64 = 1_000_000;

/// Settings of a connection to the simulator at `url`.
pub fn settings(url: &str) -> Value {
    json!({ "bot_token": BOT_TOKEN, "channel": "C0SANDBOX", "base_url": format!("{url}/api") })
}

#[derive(Clone)]
struct Simulated {
    kit: SimulatorKit,
    posted: Arc<Mutex<Posted>>,
}

#[derive(Debug, Default)]
struct Posted {
    /// The last message's `ts` in microseconds.
    last: i64,
    /// Channel and `ts` of every message.
    messages: HashSet<(String, String)>,
}

impl Posted {
    fn keep(&mut self, channel: &str, ts: &str) {
        self.last = self.last.max(micros(ts).unwrap_or_default());
        self.messages.insert((channel.to_owned(), ts.to_owned()));
    }
}

/// The router. It knows the messages of its ledger, and its own come after them.
pub fn simulator(kit: SimulatorKit) -> Router {
    let mut posted = Posted::default();
    for entry in kit.ledger.entries() {
        let text = |field: &str| entry.answer.get(field).and_then(Value::as_str);
        if let (LedgerEffect::Applied, Some(channel), Some(ts)) =
            (entry.effect, text("channel"), text("ts"))
        {
            posted.keep(channel, ts);
        }
    }
    let posted = Arc::new(Mutex::new(posted));
    let routes = Router::new()
        .route("/api/chat.postMessage", post(post_message))
        .route("/api/auth.test", post(auth_test))
        .route("/api/{method}", any(async || refuse("unknown_method")))
        .with_state(Simulated { kit: kit.clone(), posted });
    kit.wrap(routes)
}

fn micros(ts: &str) -> Option<i64> {
    let (seconds, rest) = ts.split_once('.')?;
    Some(seconds.parse::<i64>().ok()? * MICROS + rest.parse::<i64>().ok()?)
}

impl Simulated {
    /// The time, or the next that no message has: a `ts` is also the message's id.
    fn post(&self, channel: &str) -> String {
        let mut posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.kit.clock.now().timestamp_micros().max(posted.last + 1);
        let ts = format!("{}.{:06}", at / MICROS, at % MICROS);
        posted.keep(channel, &ts);
        ts
    }

    fn has(&self, channel: &str, ts: &str) -> bool {
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        posted.messages.contains(&(channel.to_owned(), ts.to_owned()))
    }
}

fn refuse(error: &str) -> Response {
    Json(json!({ "ok": false, "error": error })).into_response()
}

/// The error of a token that Slack would not take.
fn token_error(headers: &HeaderMap) -> Option<&'static str> {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    match authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        None => Some("not_authed"),
        Some(token) if token != BOT_TOKEN => Some("invalid_auth"),
        Some(_) => None,
    }
}

async fn auth_test(headers: HeaderMap) -> Response {
    if let Some(error) = token_error(&headers) {
        return refuse(error);
    }
    let body = json!({
        "ok": true, "url": "https://sandbox.slack.com/", "team": "Sandbox", "user": "handoff",
        "team_id": "T0SANDBOX", "user_id": "U0SANDBOX", "bot_id": "B0SANDBOX",
    });
    Json(body).into_response()
}

async fn post_message(
    State(simulated): State<Simulated>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = match read(&headers, &body) {
        Ok(body) => body,
        Err(error) => return refuse(error),
    };
    let (text, channel) = match message(&body) {
        Ok(message) => message,
        Err(error) => return refuse(error),
    };
    let thread = body.get("thread_ts").and_then(Value::as_str);
    if thread.is_some_and(|ts| !simulated.has(channel, ts)) {
        return refuse("thread_not_found");
    }
    let ts = simulated.post(channel);
    let key = body.pointer("/metadata/event_payload/id").and_then(Value::as_str);
    let mut message = json!({ "type": "message", "text": text, "ts": ts, "bot_id": "B0SANDBOX" });
    if let Some(thread) = thread {
        message["thread_ts"] = json!(thread);
        if body.get("reply_broadcast") == Some(&json!(true)) {
            message["subtype"] = json!("thread_broadcast");
        }
    }
    let answer = json!({ "ok": true, "channel": channel, "ts": ts, "message": message });
    Mark::applied().with_key(key.map(str::to_owned)).on(Json(answer))
}

/// The body of a request that Slack would read.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, &'static str> {
    if let Some(error) = token_error(headers) {
        return Err(error);
    }
    match headers.get("content-type").map(HeaderValue::as_bytes) {
        None => Err("missing_post_type"),
        Some(kind) if kind.starts_with(b"application/json") => {
            let body: Value = serde_json::from_slice(body).map_err(|_not_json| "invalid_json")?;
            if body.is_object() { Ok(body) } else { Err("json_not_object") }
        }
        Some(kind) if kind.starts_with(FORM) => form(body),
        Some(_) => Err("invalid_post_type"),
    }
}

/// A form, in which what is not a text is written as JSON.
fn form(body: &[u8]) -> Result<Value, &'static str> {
    let structured = |name: &str| match name {
        "blocks" => Some("invalid_blocks_format"),
        "metadata" => Some("invalid_metadata_format"),
        _ => None,
    };
    url::form_urlencoded::parse(body)
        .map(|(name, value)| {
            let value = match structured(&name) {
                Some(error) => serde_json::from_str(&value).map_err(|_not_json| error)?,
                None => Value::String(value.into_owned()),
            };
            Ok((name.into_owned(), value))
        })
        .collect::<Result<serde_json::Map<_, _>, _>>()
        .map(Value::Object)
}

/// Text and channel of a message that Slack would post.
fn message(body: &Value) -> Result<(&str, &str), &'static str> {
    let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
    let channel = body.get("channel").and_then(Value::as_str).unwrap_or_default();
    let is_id = channel.starts_with(['C', 'G', 'D'])
        && 3 <= channel.len()
        && channel.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    if !is_id || channel == "C0MISSING" {
        return Err("channel_not_found");
    }
    if channel == "C0ARCHIVED" {
        return Err("is_archived");
    }
    let blocks = match body.get("blocks") {
        None | Some(Value::Null) => 0,
        Some(Value::Array(blocks)) => blocks.len(),
        Some(_) => return Err("invalid_blocks_format"),
    };
    if BLOCKS_MAX < blocks {
        return Err("invalid_blocks");
    }
    if text.is_empty() && blocks == 0 {
        return Err("no_text");
    }
    if TEXT_MAX < text.chars().count() {
        return Err("msg_too_long");
    }
    let metadata = body.get("metadata").filter(|metadata| !metadata.is_null());
    let is_whole = |metadata: &Value| {
        metadata["event_type"].is_string() && metadata["event_payload"].is_object()
    };
    if metadata.is_some_and(|metadata| !is_whole(metadata)) {
        return Err("invalid_metadata_format");
    }
    Ok((text, channel))
}
