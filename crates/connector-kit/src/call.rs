//! One call of one function: what it is given, and how it can end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kernel::Clock;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::http::Http;

/// The code of a refusal because the call cannot be made as it is written.
pub const INVALID_INPUT: &str = "invalid-input";
/// The code of a refusal because the tenant lacks a secret that the call names.
pub const SECRET_MISSING: &str = "secret-missing";
/// The code of a refusal because the operator does not allow such calls.
pub const NOT_ALLOWED: &str = "not-allowed";
/// The code of a refusal after the call arrived and was answered: what was asked for failed.
pub const CALL_FAILED: &str = "call-failed";

/// A tenant's settings for one outside system, credentials included.
#[derive(Clone)]
pub struct Connection {
    /// Which connector these settings are for (`slack`).
    pub connector: String,
    /// The settings object, valid against the connector's settings schema. Holds secrets.
    settings: Value,
}

impl Connection {
    pub fn new(connector: impl Into<String>, settings: Value) -> Self {
        Self { connector: connector.into(), settings }
    }

    /// The settings as the connector's own type.
    ///
    /// # Errors
    /// [`CallError::Credentials`] when the stored settings do not fit it.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        // The message of serde may quote a value, so it is not passed on.
        T::deserialize(&self.settings).map_err(|_quotes_secrets| {
            CallError::Credentials(format!(
                "the settings of the connection `{0}` are incomplete; set them again with \
                 `handoff connection set {0}`",
                self.connector
            ))
        })
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("connector", &self.connector).finish_non_exhaustive()
    }
}

/// Everything one attempt of a function may use.
#[derive(Clone, Debug)]
pub struct Call {
    pub http: Http,
    pub connection: Connection,
    pub clock: Arc<dyn Clock>,
    /// The same for every attempt of one activation of a step, different for every other.
    pub key: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// How long the whole attempt may take.
    pub timeout: Duration,
    /// What this attempt used up, recorded whether it succeeds or not.
    pub usage: UsageLog,
}

/// What an AI answer cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub provider: String,
    pub model: String,
    /// Name and version of the prompt, such as `branding_strategy@3`.
    pub prompt: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
}

/// Where an attempt notes its [`Usage`], so that a failed attempt's cost is not lost.
#[derive(Debug, Clone, Default)]
pub struct UsageLog(Arc<Mutex<Vec<Usage>>>);

impl UsageLog {
    pub fn record(&self, usage: Usage) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(usage);
    }

    /// What was recorded so far, taken out.
    pub fn take(&self) -> Vec<Usage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// How an attempt failed, in the only terms that the engine acts on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The other side refused for good: repeating it changes nothing. `status` is its HTTP status.
    #[error("refused ({status} {code}): {detail}")]
    Rejected { status: u16, code: String, detail: String },
    /// Too many requests; nothing was done. Wait at least `retry_after`.
    #[error("told to slow down (429): {detail}")]
    Throttled { retry_after: Option<Duration>, detail: String },
    /// It certainly did nothing: no connection, or an error that says so. Safe to repeat.
    /// `retry_after` is the provider's own wish.
    #[error("unavailable: {detail}")]
    Unavailable { status: Option<u16>, retry_after: Option<Duration>, detail: String },
    /// It was not tried, for a reason of our own that passes (the database is away): to be made later, without
    /// using up an attempt.
    #[error("not tried: {0}")]
    NotTried(String),
    /// The request went out and no clear answer came back: it may have been done.
    #[error("no clear answer: {detail}")]
    Ambiguous { status: Option<u16>, detail: String },
    /// The credentials do not work (any more): a person must reconnect.
    #[error("credentials refused: {0}")]
    Credentials(String),
    /// It answered success with something we cannot read (or that breaks the promised schema).
    #[error("unreadable answer: {detail}")]
    Unreadable { detail: String },
}
