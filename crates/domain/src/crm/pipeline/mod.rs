//! The pipeline: all clients, by the stage they are in.

mod cards;
mod get;
mod value;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation()]
}
