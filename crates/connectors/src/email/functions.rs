//! What flows can do with e-mail.

use connector_kit::{Call, CallError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Settings, client::Session, message};

/// Send an e-mail. Everybody named gets it, or nobody does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendEmail {
    /// Addresses, such as `ada@example.com`.
    #[schemars(length(min = 1, max = 50), inner(length(min = 3, max = 254)))]
    pub(super) to: Vec<String>,
    #[serde(default)]
    #[schemars(length(max = 50), inner(length(min = 3, max = 254)))]
    pub(super) cc: Vec<String>,
    /// One line.
    #[schemars(length(min = 1, max = 500), regex(pattern = r"^[^\x00-\x1f\x7f]+$"))]
    pub(super) subject: String,
    /// The message as plain text.
    #[schemars(length(min = 1, max = 500_000))]
    pub(super) text: String,
    /// The same message as HTML. What a client wrote must be escaped in it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500_000))]
    pub(super) html: Option<String>,
    /// Where answers go, when not to the sender.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    pub(super) reply_to: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SentEmail {
    /// The message's own id, the same for the same step of a run.
    message_id: String,
    /// How many recipients the server took.
    recipients: usize,
    /// The server's last word, which often names its queue's id.
    answer: String,
}

pub(super) async fn send(call: Call, input: SendEmail) -> Result<SentEmail, CallError> {
    let settings: Settings = call.connection.settings()?;
    let built = message::build(&settings, &input, &call.key, call.clock.now())?;
    let answer = Session::new(&call, &settings).deliver(&built).await?;
    Ok(SentEmail { message_id: built.message_id, recipients: built.envelope.to().len(), answer })
}

pub(super) async fn check(call: Call) -> Result<String, CallError> {
    let settings: Settings = call.connection.settings()?;
    message::sender(&settings)?;
    Session::new(&call, &settings).check().await?;
    let signed_in = match &settings.username {
        Some(username) => format!("signs in as {username}"),
        None => "needs no sign-in".to_owned(),
    };
    Ok(format!("{signed_in} at {} and sends as {}", settings.host, settings.from))
}
