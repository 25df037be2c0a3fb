//! Health: what came in, what became of it, how long it took, and what failed.

mod get;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation()]
}
