//! What we deliver: for now the documents drafted for a lead.

pub mod deliverables;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    deliverables::operations()
}
