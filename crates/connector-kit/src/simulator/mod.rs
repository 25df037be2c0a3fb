//! What every simulator of an outside system is built from: a ledger of requests and their effects,
//! and a board of faults.
//!
//! A simulator is a router that answers as strictly as the provider does. [`SimulatorKit::wrap`]
//! puts the faults around it and writes the ledger; a handler says with [`Mark`] what its answer
//! stands for.

mod conversation;
mod delivery;
mod faults;
mod ledger;
mod serve;

pub use conversation::{Disturbance, Exchange};
pub use faults::{ArmedFault, FAULTS, Fault, Faults, InvalidFault, OwnFault};
pub use ledger::{Ledger, LedgerEffect, LedgerEntry};
pub use serve::{Served, serve};

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use kernel::{Clock, Random, SystemClock, SystemRandom};
use serde_json::{Value, json};

use faults::Kind;

/// The largest request that a simulator reads.
const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The largest answer that a handler may give.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What one simulator runs on.
#[derive(Debug, Clone)]
pub struct SimulatorKit {
    pub provider: &'static str,
    pub ledger: Arc<Ledger>,
    pub faults: Arc<Faults>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// What an answer stands for, put on the response by the handler. Without it: no effect.
#[derive(Debug, Clone)]
pub struct Mark {
    pub effect: LedgerEffect,
    /// The caller's key, where the provider has it elsewhere than in `Idempotency-Key`.
    pub key: Option<String>,
}

impl Mark {
    pub fn applied() -> Self {
        Self { effect: LedgerEffect::Applied, key: None }
    }

    pub fn deduplicated() -> Self {
        Self { effect: LedgerEffect::Deduplicated, key: None }
    }

    #[must_use]
    pub fn with_key(self, key: Option<String>) -> Self {
        Self { key, ..self }
    }

    pub fn on(self, answer: impl IntoResponse) -> Response {
        let mut answer = answer.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// What is sent back when no fault changes it.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(status: StatusCode, body: &Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        Self { status, headers, body: Bytes::from(body.to_string()) }
    }
}

impl SimulatorKit {
    /// A kit without files, on the machine's clock. `own_faults` as in [`Faults::new`].
    pub fn in_memory(provider: &'static str, own_faults: &'static [&'static str]) -> Self {
        Self {
            provider,
            ledger: Arc::new(Ledger::in_memory()),
            faults: Arc::new(Faults::new(own_faults)),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// `length` random hexadecimal digits, for the ids that a provider gives out.
    pub fn hex(&self, length: usize) -> String {
        let mut bytes = vec![0_u8; length.div_ceil(2)];
        self.random.fill(&mut bytes);
        let mut text = hex::encode(bytes);
        text.truncate(length);
        text
    }

    /// The router with faults around it and every request in the ledger.
    pub fn wrap(&self, router: Router) -> Router {
        let kit = self.clone();
        router.layer(middleware::from_fn(move |request, next| kit.clone().handle(request, next)))
    }

    async fn handle(self, request: Request, next: Next) -> Response {
        let hit = self.faults.take(request.uri().path(), self.clock.now(), &*self.random);
        // A task of its own: a client that hangs up must not stop half-way what the provider does.
        match tokio::spawn(self.carry_out(request, next, hit.clone())).await {
            Ok(answer) => delivery::deliver(answer, hit).await,
            Err(_panicked) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    async fn carry_out(self, request: Request, next: Next, hit: Option<Kind>) -> Answer {
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(body, REQUEST_BYTES_MAX).await;
        let read = body.as_deref().unwrap_or_default();
        let mut entry = self.entry(&parts.method, parts.uri.path(), &parts.headers, read);
        entry.fault = hit.as_ref().map(ToString::to_string);
        let answer = match (hit.as_ref().and_then(Kind::instead_of_the_handler), body) {
            (Some(answer), _) => answer,
            (None, Err(_unread)) => {
                let body = json!({ "error": "the body is too large or was cut" });
                Answer::json(StatusCode::PAYLOAD_TOO_LARGE, &body)
            }
            (None, Ok(body)) => {
                if let Some(Kind::Own(name)) = hit {
                    parts.extensions.insert(OwnFault(name));
                }
                let response = next.run(Request::from_parts(parts, Body::from(body))).await;
                if let Some(mark) = response.extensions().get::<Mark>() {
                    entry.effect = mark.effect;
                    entry.key = mark.key.clone().or(entry.key);
                }
                collect(response).await
            }
        };
        entry.answer = json_or_text(&answer.body);
        let answer = match hit.as_ref().and_then(Kind::instead_of_the_answer) {
            Some(other) => other,
            None => answer,
        };
        let silent = hit.as_ref().is_some_and(Kind::is_silent);
        entry.status = (!silent).then_some(answer.status.as_u16());
        match self.ledger.append(entry).await {
            Ok(()) => answer,
            Err(error) => {
                tracing::error!(provider = self.provider, %error, "the ledger cannot be written");
                let body = json!({ "error": "the simulator's ledger cannot be written" });
                Answer::json(StatusCode::INSUFFICIENT_STORAGE, &body)
            }
        }
    }

    fn entry(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> LedgerEntry {
        let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        LedgerEntry {
            number: 0,
            time: self.clock.now(),
            provider: self.provider.to_owned(),
            method: method.to_string(),
            path: path.to_owned(),
            key: key.map(ToOwned::to_owned),
            effect: LedgerEffect::None,
            status: None,
            fault: None,
            request: without_credentials(json_or_text(body)),
            answer: Value::Null,
        }
    }
}

async fn collect(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let mut headers = parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    Answer { status: parts.status, headers, body }
}

fn json_or_text(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_not_json| Value::from(String::from_utf8_lossy(body).into_owned()))
}

/// Fields of a request's body that are credentials wherever they stand.
const CREDENTIALS: [&str; 8] = [
    "access_token",
    "api_key",
    "client_secret",
    "passkey",
    "password",
    "refresh_token",
    "secret",
    "token",
];

fn without_credentials(body: Value) -> Value {
    match body {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let hidden = value.is_string() && CREDENTIALS.contains(&name.as_str());
                let value = if hidden { "[secret]".into() } else { without_credentials(value) };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(without_credentials).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
