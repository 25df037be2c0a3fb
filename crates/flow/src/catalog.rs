//! What a definition may call.

use serde_json::Value;

/// The functions that `call` knows by name. The embedder's: operations and connector functions.
pub trait Catalog: Sync {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>>;

    /// All names, to offer the one that was meant.
    fn names(&self) -> Vec<String>;
}

/// The function that asks people for a decision.
pub const APPROVAL_REQUEST: &str = "approval.request";
/// The function that gives people something to do.
pub const TASK_ASSIGN: &str = "task.assign";

/// Whether a call of the function is with people until they answer: the run waits meanwhile.
pub fn asks_people(function: &str) -> bool {
    [APPROVAL_REQUEST, TASK_ASSIGN].contains(&function)
}

/// What is known of a function.
#[derive(Debug, Clone, Copy)]
pub struct FunctionSpec<'a> {
    /// The JSON Schema of its input.
    pub input: Option<&'a Value>,
}
