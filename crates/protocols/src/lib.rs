//! Calls of the flow language that name a protocol (`call: http`, `openapi`, `grpc`, `mcp`) or a process (`run: shell`).
//!
//! Each is given what the definition says, expressions already filled in. Addresses pass the guard of
//! [`connector_kit::http::Http`]; credentials are read here, when the call is made, and stand in no answer.
//!
//! What a failure means: an answer with a status outside the wanted range is an error with that status.
//! Without an answer, what only reads (or may be repeated, RFC 9110 section 9.2.2) was unavailable; of
//! anything else nobody knows whether it was done.

mod answer;
mod authentication;
mod grpc;
mod http;
mod mcp;
mod oauth2;
mod openapi;
mod process;
mod resource;
mod rewrite;
mod secrets;

pub use process::AllowedProcesses;
pub use rewrite::Rewrites;
pub use secrets::{SECRETS, Secrets, secrets_connector};

use std::{sync::Arc, time::Duration};

use connector_kit::{CallError, INVALID_INPUT, http::Http};
use kernel::Clock;
use serde::de::DeserializeOwned;
use serde_json::Value;

use resource::Kept;

/// Makes the calls. Cheap to clone; make one for the process.
#[derive(Debug, Clone)]
pub struct Protocols {
    http: Http,
    clock: Arc<dyn Clock>,
    rewrites: Arc<Rewrites>,
    tokens: Arc<oauth2::Tokens>,
    documents: Arc<Kept<Value>>,
    interfaces: Arc<Kept<grpc::Interface>>,
    processes: AllowedProcesses,
}

/// What one call may use beside its input.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    pub secrets: &'a Secrets,
    /// How long the whole call may take.
    pub timeout: Duration,
}

impl Protocols {
    pub fn new(http: Http, clock: Arc<dyn Clock>, rewrites: Rewrites) -> Self {
        Self {
            http,
            clock,
            rewrites: Arc::new(rewrites),
            tokens: Arc::default(),
            documents: Arc::default(),
            interfaces: Arc::default(),
            processes: AllowedProcesses::default(),
        }
    }

    /// The hosts to be reached elsewhere that no request was for so far.
    pub fn unused_rewrites(&self) -> Vec<&str> {
        self.rewrites.unused().collect()
    }

    /// With what the operator lets definitions run on this machine.
    #[must_use]
    pub fn allowing(mut self, processes: AllowedProcesses) -> Self {
        self.processes = processes;
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    /// [`CallError::Rejected`] with the code [`INVALID_INPUT`] or [`SECRET_MISSING`] when it cannot be made
    /// as it is written, else as the module says.
    pub async fn call(
        &self,
        protocol: &str,
        input: Value,
        means: Means<'_>,
    ) -> Result<Value, CallError> {
        match protocol {
            "http" => http::call(self, read(input)?, means).await,
            "openapi" => openapi::call(self, read(input)?, means).await,
            // Boxed: their futures are large, and every call would have their size.
            "grpc" => Box::pin(grpc::call(self, read(input)?, means)).await,
            "mcp" => Box::pin(mcp::call(self, read(input)?, means)).await,
            flow::RUN_SCRIPT | flow::RUN_SHELL | flow::RUN_CONTAINER => {
                process::run(self, protocol, input, means).await
            }
            other => Err(invalid(format!(
                "`call: {other}` is written as the language has it, and this release cannot make it"
            ))),
        }
    }

    /// Whether a call may be made once more when nobody knows whether it was made.
    pub fn may_repeat(protocol: &str, input: &Value) -> bool {
        let method = input.get("method").and_then(Value::as_str).unwrap_or_default();
        match protocol {
            "http" => is_repeatable(&method.to_uppercase()),
            "mcp" => mcp::is_reading(method),
            _ => false,
        }
    }

    /// The system that a call goes to: the host of its address, as text to tell one from another.
    pub fn system(protocol: &str, input: &Value) -> String {
        if let Some(host) = input.pointer("/service/host").and_then(Value::as_str) {
            return format!("{protocol}:{host}");
        }
        let pointers = ["/endpoint", "/document/endpoint", "/transport/http/endpoint"];
        let address = pointers.iter().find_map(|pointer| {
            let endpoint = input.pointer(pointer)?;
            endpoint.as_str().or_else(|| endpoint.get("uri")?.as_str())
        });
        let host = address.and_then(|address| {
            let url = url::Url::parse(address).ok()?;
            url.host_str().map(str::to_owned)
        });
        host.map_or_else(|| protocol.to_owned(), |host| format!("{protocol}:{host}"))
    }
}

/// Whether doing it twice is the same as doing it once (RFC 9110 section 9.2.2).
fn is_repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, CallError> {
    serde_json::from_value(input).map_err(|error| invalid(error.to_string()))
}

fn invalid(detail: impl Into<String>) -> CallError {
    CallError::Rejected { status: 400, code: INVALID_INPUT.to_owned(), detail: detail.into() }
}

/// The end of a sentence that says a name is unknown.
fn hint(word: &str, known: &[&str]) -> String {
    flow::nearest(word, known.iter().copied())
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests;
