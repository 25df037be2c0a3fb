//! Slack: post messages to a channel.
//!
//! Auth: bot token. Limit: about one message a second per channel. An error is usually HTTP 200 with
//! `"ok": false`. Docs: <https://docs.slack.dev/reference/methods/chat.postMessage>

mod client;
mod functions;
pub mod simulator;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_kit::{Connector, Effect, Function};
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// A tenant's settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The app's bot token, `xoxb-…`, with the scope `chat:write`.
    pub(crate) bot_token: Secret,
    /// Id of the channel messages go to unless a call names another, such as `C0123ABCD`.
    #[schemars(regex(pattern = r"^[CGD][A-Z0-9]{2,}$"))]
    pub(crate) channel: String,
    /// Where the Web API is; only a simulator has another place.
    #[serde(default = "default_base_url")]
    pub(crate) base_url: String,
}

fn default_base_url() -> String {
    "https://slack.com/api".to_owned()
}

/// The connector.
pub fn connector() -> Connector {
    Connector {
        id: "slack",
        title: "Slack",
        settings: schemars::schema_for!(Settings).to_value(),
        functions: vec![
            // Slack honours no key and its history may not be read, so nothing is sent twice.
            Function::new(
                "post_message",
                "Posts a message to a channel.",
                Effect::AtMostOnce,
                functions::post_message,
            ),
        ],
        check: Arc::new(|call| Box::pin(functions::check(call))),
    }
}
