//! Clients and their leads, from the first message on.

pub mod clients;
pub mod leads;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [leads::operations(), clients::operations()].into_iter().flatten().collect()
}
