//! The audit trail: one entry for each change, chained so that a missing one shows.

mod export;
mod list;
mod verify;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), verify::operation(), export::operation()]
}
