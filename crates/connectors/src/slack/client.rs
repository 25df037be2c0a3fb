//! Slack's Web API: one method per call, in Slack's words.

use connector_kit::{
    Call, CallError,
    http::{Request, join},
};
use serde::Serialize;
use serde_json::Value;

use super::Settings;

/// How much of Slack's error is passed on.
const DETAIL_MAX: usize = 300;

/// The body of `chat.postMessage`.
#[derive(Debug, Serialize)]
pub(super) struct ChatPostMessage<'a> {
    pub(super) channel: &'a str,
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread_ts: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) reply_broadcast: bool,
    pub(super) unfurl_links: bool,
    pub(super) metadata: Value,
}

pub(super) async fn post(
    call: &Call,
    settings: &Settings,
    method: &str,
    body: &impl Serialize,
) -> Result<Value, CallError> {
    let url = join(&settings.base_url, &[method])?;
    let request = Request::post(&url)
        .bearer(&settings.bot_token)
        .json(body)
        .header("content-type", "application/json; charset=utf-8");
    let response = call.http.send(request, call.timeout).await?.ok_or_error(call.clock.now())?;
    let answer: Value = response.json()?;
    match answer.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(answer),
        Some(false) => Err(refusal(&answer)),
        None => Err(CallError::Unreadable {
            detail: "Slack's answer does not say whether it is `ok`".to_owned(),
        }),
    }
}

/// What Slack means by an error's name. Unknown names are permanent: repeating them helps nobody.
fn refusal(answer: &Value) -> CallError {
    let code = answer.get("error").and_then(Value::as_str).unwrap_or("unknown_error").to_owned();
    let messages = answer.pointer("/response_metadata/messages");
    let detail: String = messages
        .map_or_else(|| format!("Slack says `{code}`"), ToString::to_string)
        .chars()
        .take(DETAIL_MAX)
        .collect();
    match code.as_str() {
        "ratelimited" | "rate_limited" => CallError::Throttled { retry_after: None, detail },
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired"
        | "missing_scope" | "no_permission" => CallError::Credentials(detail),
        "service_unavailable" | "team_added_to_org" => {
            CallError::Unavailable { status: Some(503), retry_after: None, detail }
        }
        // These may have been raised after the message was posted.
        "internal_error" | "fatal_error" | "request_timeout" => {
            CallError::Ambiguous { status: Some(500), detail }
        }
        _ => CallError::Rejected { status: 400, code, detail },
    }
}
