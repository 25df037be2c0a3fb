//! What a definition may call.

use serde_json::Value;

/// The functions that `call` knows by name. The embedder's: operations and connector functions.
pub trait Catalog: Sync {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>>;

    /// All names, to offer the one that was meant.
    fn names(&self) -> Vec<String>;
}

/// What is known of a function.
#[derive(Debug, Clone, Copy)]
pub struct FunctionSpec<'a> {
    /// The JSON Schema of its input.
    pub input: Option<&'a Value>,
}
