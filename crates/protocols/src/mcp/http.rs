//! The transport "Streamable HTTP": each message is a POST, answered by JSON or by a stream of events.

use connector_kit::{CallError, http::Response};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    FAREWELL, OverHttp,
    message::{self, Message},
};
use crate::{Means, Protocols, answer, authentication::Policy, http::Outgoing};

/// The header that names a session.
const SESSION: &str = "mcp-session-id";

/// What belongs to one session.
pub(super) struct Session<'a> {
    protocols: &'a Protocols,
    means: Means<'a>,
    deadline: Instant,
    url: String,
    policy: Option<Policy>,
    headers: Map<String, Value>,
    is_named: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        protocols: &'a Protocols,
        over: OverHttp,
        means: Means<'a>,
        deadline: Instant,
    ) -> Self {
        let (url, policy) = over.endpoint.parts();
        let mut headers: Map<String, Value> = over
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        headers.insert("accept".to_owned(), json!("application/json, text/event-stream"));
        headers.insert("content-type".to_owned(), json!("application/json"));
        Self { protocols, means, deadline, url, policy, headers, is_named: false }
    }

    /// From now on messages say which revision they are of.
    pub(super) fn agree_on(&mut self, version: &str) {
        self.headers.insert("mcp-protocol-version".to_owned(), json!(version));
    }

    /// Sends a message; the answer to one that is no request is `null`.
    pub(super) async fn send(
        &mut self,
        message: &Message,
        is_repeatable: bool,
    ) -> Result<Value, CallError> {
        let outgoing = Outgoing {
            body: Some(message.body.clone()),
            is_repeatable,
            until: Some(message::has_answer),
            ..self.outgoing("POST")
        };
        let (asked, response) = outgoing.send(self.protocols, self.remaining()).await?;
        if !(200..300).contains(&response.status) {
            return Err(answer::refused(&asked, &response, self.protocols.clock.now()));
        }
        if !self.is_named
            && let Some(id) = response.header(SESSION)
        {
            self.headers.insert(SESSION.to_owned(), json!(id));
            self.is_named = true;
        }
        if message.id.is_none() {
            return Ok(Value::Null);
        }
        find(message, &response).ok_or_else(|| {
            let method = &message.method;
            let detail = format!("the server ended its answer to `{method}` without a result");
            crate::http::without_doubt(CallError::Unreadable { detail }, is_repeatable)
        })
    }

    /// Tells the server that the session is over, if it has one.
    pub(super) async fn close(self) {
        if self.is_named {
            let goodbye = self.outgoing("DELETE");
            let remaining = self.remaining();
            let means = Means { timeout: remaining.timeout.min(FAREWELL), ..remaining };
            // A server need not let sessions be ended, and ends them by itself.
            let _is_refused = goodbye.send(self.protocols, means).await.is_err();
        }
    }

    fn outgoing(&self, method: &str) -> Outgoing {
        Outgoing {
            headers: self.headers.clone(),
            policy: self.policy.clone(),
            ..Outgoing::new(method.to_owned(), self.url.clone())
        }
    }

    fn remaining(&self) -> Means<'a> {
        let timeout = self.deadline.saturating_duration_since(Instant::now());
        Means { timeout, ..self.means }
    }
}

fn find(message: &Message, response: &Response) -> Option<Value> {
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("text/event-stream") {
        return message::events(&response.body).find_map(|it| message.answer_in(it));
    }
    message.answer_in(serde_json::from_slice(&response.body).ok()?)
}
