//! What AI answers used up: tokens and cost.

mod list;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}
