//! What clients owe us.

pub mod invoices;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    invoices::operations()
}
