//! Clients, the forms they fill in and their leads, from the first message on.

pub mod clients;
pub mod intake_forms;
pub mod leads;
mod pipeline;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [leads::operations(), clients::operations(), pipeline::operations(), intake_forms::operations()]
        .into_iter()
        .flatten()
        .collect()
}
