//! What people are told. For now the alerts; messages to clients follow.

pub mod alerts;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    alerts::operations()
}
