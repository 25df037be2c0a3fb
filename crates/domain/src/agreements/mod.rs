//! What we offer to clients.

pub mod proposals;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    proposals::operations()
}
