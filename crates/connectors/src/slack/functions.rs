//! What flows can do with Slack.

use connector_kit::{Call, CallError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Settings,
    client::{self, ChatPostMessage},
};

/// Post a message to a channel.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PostMessage {
    /// Channel id; the connection's channel when absent.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[CGD][A-Z0-9]{2,}$"))]
    channel: Option<String>,
    /// The message. `&`, `<` and `>` are escaped, so that a client's text cannot mention everybody.
    #[schemars(length(min = 1, max = 40_000))]
    text: String,
    /// The message it answers, by its `ts`.
    #[serde(default)]
    thread_ts: Option<String>,
    /// Shows an answer in a thread to the whole channel too.
    #[serde(default)]
    reply_broadcast: bool,
    /// The text is Slack's own mark-up and is sent as it is. Never for text that a client wrote.
    #[serde(default)]
    mrkdwn: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PostedMessage {
    channel: String,
    /// Slack's time stamp, which is also the message's id within the channel.
    ts: String,
}

pub(super) async fn post_message(
    call: Call,
    input: PostMessage,
) -> Result<PostedMessage, CallError> {
    let settings: Settings = call.connection.settings()?;
    let text = if input.mrkdwn { input.text } else { escape(&input.text) };
    let body = ChatPostMessage {
        channel: input.channel.as_deref().unwrap_or(&settings.channel),
        text: &text,
        thread_ts: input.thread_ts.as_deref(),
        // Slack knows it for answers only.
        reply_broadcast: input.reply_broadcast && input.thread_ts.is_some(),
        unfurl_links: false,
        metadata: json!({ "event_type": "handoff_message", "event_payload": { "id": call.key } }),
    };
    let answer = client::post(&call, &settings, "chat.postMessage", &body).await?;
    let field = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(channel), Some(ts)) = (field("channel"), field("ts")) else {
        return Err(CallError::Unreadable {
            detail: "Slack's answer names no channel or no ts".to_owned(),
        });
    };
    Ok(PostedMessage { channel, ts })
}

/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) async fn check(call: Call) -> Result<String, CallError> {
    let settings: Settings = call.connection.settings()?;
    let answer = client::post(&call, &settings, "auth.test", &json!({})).await?;
    let field = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    Ok(format!("posts as {} in the workspace {}", field("user"), field("team")))
}

#[cfg(test)]
mod unit {
    use super::escape;

    #[test]
    fn a_clients_text_cannot_mention_everybody() {
        assert_eq!(escape("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
    }
}
