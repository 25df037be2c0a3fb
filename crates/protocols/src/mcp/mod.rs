//! `call: mcp`: one request to a server of the Model Context Protocol, in a session of its own.
//!
//! A session begins with `initialize`, as the specification demands, so the revisions that are spoken are those
//! that have it. Nothing but the request itself leaves doubt behind: a session is opened as often as one likes.

mod http;
mod message;
mod stdio;

use std::time::Duration;

use connector_kit::CallError;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{Means, Protocols, authentication::Endpoint, invalid};
use message::Message;

/// The revision that is asked for where none is named.
const VERSION: &str = "2025-06-18";
/// The revisions that are spoken.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", VERSION, "2025-11-25"];
/// How long the end of a session may take.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct McpCall {
    protocol_version: Option<String>,
    method: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    timeout: Option<Value>,
    transport: Transport,
    client: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transport {
    http: Option<OverHttp>,
    stdio: Option<OverStdio>,
    /// None is known that would change anything.
    #[serde(default, rename = "options")]
    _options: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverHttp {
    endpoint: Endpoint,
    #[serde(default)]
    headers: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverStdio {
    command: String,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    environment: Map<String, Value>,
}

/// A connection to a server.
enum Session<'a> {
    Http(Box<http::Session<'a>>),
    Stdio(Box<stdio::Session>),
}

/// Whether a method only reads, so that it may be called once more.
pub(crate) fn is_reading(method: &str) -> bool {
    matches!(
        method,
        "tools/list"
            | "prompts/list"
            | "prompts/get"
            | "resources/list"
            | "resources/read"
            | "resources/templates/list"
    )
}

pub(crate) async fn call(
    protocols: &Protocols,
    call: McpCall,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let version = call.protocol_version.as_deref().unwrap_or(VERSION);
    if !VERSIONS.contains(&version) {
        return Err(invalid(format!(
            "the revision `{version}` is not spoken; give one of {}",
            VERSIONS.join(", ")
        )));
    }
    let timeout = call.timeout.as_ref().map(timeout).transpose()?.unwrap_or(means.timeout);
    let deadline = Instant::now() + timeout.min(means.timeout);
    let mut session = match (call.transport.http, call.transport.stdio) {
        (Some(over), None) => {
            Session::Http(Box::new(http::Session::new(protocols, over, means, deadline)))
        }
        (None, Some(over)) => {
            Session::Stdio(Box::new(stdio::Session::start(protocols.processes, &over, deadline)?))
        }
        _ => return Err(invalid("`transport` must be either `http` or `stdio`")),
    };
    let asked = Message::request(2, &call.method, call.parameters.into());
    let answered = match session.open(version, call.client).await {
        Ok(()) => session.ask(&asked, is_reading(&call.method)).await,
        Err(error) => Err(error),
    };
    session.close().await;
    answered
}

fn timeout(value: &Value) -> Result<Duration, CallError> {
    let millis =
        flow::duration_ms(value).map_err(|reason| invalid(format!("`timeout`: {reason}")))?;
    Ok(Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
}

impl Session<'_> {
    /// Agrees on a revision.
    async fn open(&mut self, version: &str, client: Option<Value>) -> Result<(), CallError> {
        let ours = || json!({ "name": "handoff", "version": env!("CARGO_PKG_VERSION") });
        let parameters = json!({
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": client.unwrap_or_else(ours),
        });
        let answer = self.ask(&Message::request(1, "initialize", parameters), true).await?;
        let agreed = answer.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
        if !VERSIONS.contains(&agreed) {
            return Err(CallError::Rejected {
                status: 502,
                code: "other revision".to_owned(),
                detail: format!(
                    "the server speaks the revision `{agreed}`, and only {} are spoken here",
                    VERSIONS.join(", ")
                ),
            });
        }
        if let Self::Http(session) = self {
            session.agree_on(agreed);
        }
        self.tell(&Message::notification("notifications/initialized")).await
    }

    /// The result of a request. `is_repeatable` says that no answer leaves no doubt behind.
    async fn ask(&mut self, message: &Message, is_repeatable: bool) -> Result<Value, CallError> {
        let answer = match self {
            Self::Http(session) => session.send(message, is_repeatable).await?,
            Self::Stdio(session) => session.ask(message, is_repeatable).await?,
        };
        message::result(&message.method, answer)
    }

    async fn tell(&mut self, message: &Message) -> Result<(), CallError> {
        match self {
            Self::Http(session) => session.send(message, true).await.map(drop),
            Self::Stdio(session) => session.tell(message).await,
        }
    }

    /// Whatever comes of it, the answer is there.
    async fn close(self) {
        match self {
            Self::Http(session) => session.close().await,
            Self::Stdio(session) => session.close().await,
        }
    }
}
