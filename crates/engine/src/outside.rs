//! What the engine needs from the rest of the product: operations to run inside its transaction, and
//! functions of connectors to call outside of it.

use std::time::Duration;

use connector_kit::{CallError, Effect, Found, Usage};
use futures::future::BoxFuture;
use kernel::{RunId, TenantId};
use serde_json::Value;
use store::{StoreError, TenantTx};

use crate::persist::effect_text;

/// A function that flows may call, as far as whoever writes one must know it.
#[derive(Debug, Clone)]
pub struct FunctionInfo {
    pub name: String,
    /// A few words for a list.
    pub summary: String,
    /// None of what runs in the run's own commit.
    pub effect: Option<Effect>,
    /// JSON Schema of the input.
    pub input: Value,
    /// JSON Schema of what it gives.
    pub output: Value,
}

impl FunctionInfo {
    /// One that says nothing but what it takes, and may give anything.
    pub fn new(name: impl Into<String>, effect: Option<Effect>, input: Value) -> Self {
        let output = Value::Bool(true);
        Self { name: name.into(), summary: String::new(), effect, input, output }
    }

    /// What the journal calls its effect.
    pub fn effect_word(&self) -> &'static str {
        match self.effect {
            _ if flow::asks_people(&self.name) => "awaited",
            Some(effect) => effect_text(effect),
            None => "operation",
        }
    }
}

/// Why an operation runs: which step of which run called it.
#[derive(Debug, Clone)]
pub struct Cause {
    pub run: RunId,
    pub flow: String,
    /// The same for every attempt of the step.
    pub key: String,
}

/// How an operation can fail inside a flow.
#[derive(Debug)]
pub enum OperationError {
    /// It refused: the flow sees an error with this status, code and sentence.
    Refused { status: u16, code: String, detail: String },
    /// The database failed; the whole commit is undone and tried again.
    Store(StoreError),
}

/// The product's operations, as flows call them.
pub trait Operations: Send + Sync {
    /// Those that flows may call.
    fn catalog(&self) -> Vec<FunctionInfo>;

    /// Runs one in the caller's transaction, bound to the run's tenant.
    fn call<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        name: &'a str,
        input: Value,
        cause: &'a Cause,
    ) -> BoxFuture<'a, Result<Value, OperationError>>;
}

/// One attempt of a connector's function.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub function: String,
    pub input: Value,
    /// Idempotency key: the same for every attempt of one activation.
    pub key: String,
    /// 1 for the first.
    pub number: u32,
    pub timeout: Duration,
}

/// How an attempt ended, and what it used up.
#[derive(Debug)]
pub struct Outcome<T> {
    pub result: Result<T, CallError>,
    pub usage: Vec<Usage>,
}

/// The connectors' functions, with each tenant's connections.
pub trait Functions: Send + Sync {
    /// Those there are, named like `slack.post_message`, each with its effect.
    fn catalog(&self) -> Vec<FunctionInfo>;

    /// Makes one attempt.
    fn call(&self, tenant: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Value>>;

    /// Whether a call may be made although an earlier attempt was or may have been done, for one whose effect only
    /// its input tells.
    fn may_repeat(&self, function: &str, input: &Value) -> bool;

    /// What shares the fate of a call: the connector, or the host that a protocol reaches.
    fn system(&self, function: &str, input: &Value) -> String;

    /// Looks whether an earlier attempt was done. Only for functions whose effect is findable.
    fn find(&self, tenant: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Found>>;
}

/// Both, as the engine holds them.
#[derive(Clone)]
pub struct Outside {
    pub operations: std::sync::Arc<dyn Operations>,
    pub functions: std::sync::Arc<dyn Functions>,
}
