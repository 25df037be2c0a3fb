//! Systems of others that speak to us by a contract of theirs.

pub mod invoice_system;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    invoice_system::operations()
}
