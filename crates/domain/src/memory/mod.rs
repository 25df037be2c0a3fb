//! What agents remember about clients, between one piece of work and the next.

pub mod memories;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    memories::operations()
}
