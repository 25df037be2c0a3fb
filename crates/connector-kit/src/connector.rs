//! A connector as data: what it is called, what it can do, and how it is set up.

use std::{future::Future, pin::Pin, sync::Arc};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Call, CallError, INVALID_INPUT};

/// What happens outside when a function is called, and so what may be done after an unclear outcome.
///
/// The most important decision of a connector's author; it has no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing: repeat at will.
    Read,
    /// The other side honours our key: repeat with the same key.
    Keyed,
    /// We can look whether it happened: look first, repeat only if it certainly did not.
    Findable,
    /// No way to know: never repeat; the outcome is `unknown` and a person decides.
    AtMostOnce,
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + Send>>;

/// One thing a connector can do, called from a flow as `connector.function`.
#[derive(Clone)]
pub struct Function {
    pub name: &'static str,
    /// One sentence for the catalog.
    pub summary: &'static str,
    pub effect: Effect,
    /// JSON Schema of the input.
    pub input: Value,
    /// JSON Schema of the output.
    pub output: Value,
    pub run: Arc<dyn Fn(Call, Value) -> Boxed<Value> + Send + Sync>,
    /// Looks whether an earlier attempt with this call's key was done. Present exactly when the
    /// effect is [`Effect::Findable`].
    pub find: Option<Find>,
}

/// See [`Function::find`].
pub type Find = Arc<dyn Fn(Call, Value) -> Boxed<Found> + Send + Sync>;

/// What a look-up after an unclear outcome says.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It was done, and this is its output.
    Done(Value),
    /// It was certainly not done.
    Absent,
}

impl Function {
    /// A function from an async fn over typed input and output. The input is checked against its
    /// type before `run` is called.
    pub fn new<I, O, F, R>(
        name: &'static str,
        summary: &'static str,
        effect: Effect,
        run: F,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema,
        F: Fn(Call, I) -> R + Send + Sync + Copy + 'static,
        R: Future<Output = Result<O, CallError>> + Send + 'static,
    {
        Self {
            name,
            summary,
            effect,
            input: schemars::schema_for!(I).to_value(),
            output: schemars::schema_for!(O).to_value(),
            run: Arc::new(move |call, input| {
                Box::pin(async move {
                    let output = run(call, read_input(input)?).await?;
                    serde_json::to_value(output).map_err(|error| CallError::Unreadable {
                        detail: format!("the output cannot be written as JSON: {error}"),
                    })
                })
            }),
            find: None,
        }
    }
}

fn read_input<I: DeserializeOwned>(input: Value) -> Result<I, CallError> {
    serde_json::from_value(input).map_err(|error| CallError::Rejected {
        status: 400,
        code: INVALID_INPUT.to_owned(),
        detail: error.to_string(),
    })
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

/// Asks the outside system whether the settings work, without changing anything there.
/// The answer is one sentence for a person, such as the name of the account.
pub type Check = Arc<dyn Fn(Call) -> Boxed<String> + Send + Sync>;

/// One outside system.
#[derive(Clone)]
pub struct Connector {
    /// Lower-case name, the first half of its functions' names (`slack`).
    pub id: &'static str,
    pub title: &'static str,
    /// JSON Schema of the settings object; secrets are marked `writeOnly`.
    pub settings: Value,
    pub functions: Vec<Function>,
    pub check: Check,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.id)
            .field("functions", &self.functions)
            .finish_non_exhaustive()
    }
}
