//! How long what has ended is kept.

mod get;
mod set;

use schemars::JsonSchema;
use serde::Serialize;

use crate::Operation;

/// How long a tenant keeps what has ended.
#[derive(Debug, Serialize, JsonSchema)]
struct Retention {
    /// For how many days after its end a run is kept, with its journal; null is for ever.
    run_days: Option<i32>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), set::operation()]
}
