//! What we deliver: the documents drafted for a lead, and the projects that follow.

pub mod deliverables;
mod document_templates;
pub mod projects;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [deliverables::operations(), projects::operations(), document_templates::operations()]
        .into_iter()
        .flatten()
        .collect()
}
