//! Today: what waits for a person, from everywhere at once.

mod alerts;
mod list;
mod overdue;
mod review;
mod work;

use schemars::JsonSchema;
use serde::Serialize;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}

/// How many items a section shows.
const ITEMS_MAX: i64 = 20;
/// How far a section counts.
const COUNT_MAX: i64 = 1_000;

/// One kind of what waits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Section")]
struct Section<T> {
    /// How many there are; it counts to 1,000 and no further.
    count: i64,
    /// The most urgent ones, 20 at the most.
    items: Vec<T>,
}
