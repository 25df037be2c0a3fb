//! Slack without an account: `chat.postMessage` and `auth.test`, as strict as Slack about tokens,
//! channels and lengths.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use connector_kit::simulator::{Mark, SimulatorKit};
use serde_json::{Value, json};

/// The name under which it is found in ledgers and fault boards.
pub const PROVIDER: &str = "slack";
const TEXT_MAX: usize = 40_000;

/// Settings of a connection to the simulator at `url`.
pub fn settings(url: &str) -> Value {
    json!({ "bot_token": "xoxb-sandbox-0000", "channel": "C0SANDBOX", "base_url": format!("{url}/api") })
}

/// The router.
pub fn simulator(kit: SimulatorKit) -> Router {
    let routes = Router::new()
        .route("/api/chat.postMessage", post(post_message))
        .route("/api/auth.test", post(auth_test))
        .with_state(kit.clone());
    kit.wrap(routes)
}

fn refuse(error: &str) -> Response {
    Json(json!({ "ok": false, "error": error })).into_response()
}

/// The error of a token that Slack would not take.
fn token_error(headers: &HeaderMap) -> Option<&'static str> {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    match authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        None => Some("not_authed"),
        Some(token) if !token.starts_with("xoxb-") => Some("invalid_auth"),
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
    State(kit): State<SimulatorKit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(error) = token_error(&headers) {
        return refuse(error);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return refuse("invalid_json") };
    let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
    let channel = body.get("channel").and_then(Value::as_str).unwrap_or_default();
    let is_id = channel.starts_with(['C', 'G', 'D'])
        && 3 <= channel.len()
        && channel.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    if !is_id || channel == "C0MISSING" {
        return refuse("channel_not_found");
    }
    if channel == "C0ARCHIVED" {
        return refuse("is_archived");
    }
    if text.is_empty() && body.get("blocks").is_none() {
        return refuse("no_text");
    }
    if TEXT_MAX < text.chars().count() {
        return refuse("msg_too_long");
    }
    let now = kit.clock.now();
    let ts = format!("{}.{:06}", now.timestamp(), now.timestamp_subsec_micros());
    let key = body.pointer("/metadata/event_payload/id").and_then(Value::as_str);
    let answer = json!({
        "ok": true, "channel": channel, "ts": ts,
        "message": { "type": "message", "text": text, "ts": ts, "bot_id": "B0SANDBOX" },
    });
    Mark::applied().with_key(key.map(str::to_owned)).on(Json(answer))
}
