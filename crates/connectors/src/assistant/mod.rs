//! The assistant that is told of intakes and of projects, where we are the invoice system.
//!
//! It is told by webhooks, which are no function of a flow: subscriptions that belong to the connection
//! send them. Auth: bearer key and an HMAC over the body.

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use connector_kit::{Call, CallError, Connector, http::Request, signature};
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// How long the check may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// An event that no assistant knows, so that nothing follows from it.
const CHECK: &str = "connection.check";

/// A tenant's settings: the contract's object `mwd_assistant_integration` (1.D).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the switches are read where leads and deliverables are taken")]
pub(crate) struct Settings {
    /// `false` stops the webhooks and refuses the assistant's requests.
    #[serde(default = "yes")]
    enabled: bool,
    /// Where it is, such as `https://assistant.example`.
    #[schemars(regex(pattern = r"^https?://\S+$"))]
    agent_api_url: String,
    /// Our key there.
    #[serde(default)]
    #[schemars(length(min = 1))]
    agent_api_key: Option<Secret>,
    /// Where its webhooks go; below `agent_api_url` when left out.
    #[serde(default)]
    webhook_endpoints: Endpoints,
    /// The secret that signs them.
    #[schemars(length(min = 16))]
    webhook_secret: Secret,
    /// Whether it may create leads; otherwise it only works on those that are there.
    #[serde(default = "yes")]
    auto_create_leads: bool,
    /// Whether what it delivers counts at once; otherwise when a person has approved it.
    #[serde(default = "yes")]
    auto_attach_deliverables: bool,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Endpoints {
    /// `/api/intake` when left out.
    #[serde(default)]
    #[schemars(regex(pattern = r"^https?://\S+$"))]
    intake_submitted: Option<String>,
    /// `/api/project/status` when left out.
    #[serde(default)]
    #[schemars(regex(pattern = r"^https?://\S+$"))]
    #[expect(dead_code, reason = "read where the subscriptions are written")]
    project_status_changed: Option<String>,
}

fn yes() -> bool {
    true
}

/// The connector.
pub fn connector() -> Connector {
    Connector {
        id: "assistant",
        title: "Assistant",
        settings: schemars::schema_for!(Settings).to_value(),
        functions: vec![],
        check: Arc::new(|call| Box::pin(check(call))),
    }
}

/// Sends a signed event of a type that it does not know. Whoever takes our signature says that the type is
/// wrong; whoever does not, that the signature is.
async fn check(call: Call) -> Result<String, CallError> {
    let settings: Settings = call.connection.settings()?;
    let url = settings
        .webhook_endpoints
        .intake_submitted
        .unwrap_or_else(|| format!("{}/api/intake", settings.agent_api_url.trim_end_matches('/')));
    let now = call.clock.now();
    let body = json!({ "event_type": CHECK, "event_id": call.key, "timestamp": now }).to_string();
    let mut request = Request::post(&url)
        .header("x-mwd-event-type", CHECK)
        .header("x-mwd-signature", &signature::sign_hex(&settings.webhook_secret, body.as_bytes()))
        .json_bytes(body.into_bytes());
    if let Some(key) = &settings.agent_api_key {
        request = request.bearer(key);
    }
    let answer = call.http.send(request, TIMEOUT.min(call.timeout)).await?;
    match answer.status {
        200..=299 | 400 | 422 => Ok("the assistant answers and takes our signature".to_owned()),
        401 | 403 => Err(CallError::Credentials(
            "the assistant refuses `agent_api_key` or the signature by `webhook_secret`; set both as it has them"
                .to_owned(),
        )),
        _ => answer.ok_or_error(now).map(|_| String::new()),
    }
}
