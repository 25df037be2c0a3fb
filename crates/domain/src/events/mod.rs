//! The event log, as its readers see it.

mod list;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}
