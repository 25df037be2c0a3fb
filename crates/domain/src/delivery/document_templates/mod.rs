//! What lays out documents. Templates are files of the installation; here they are looked at.

mod list;
mod preview;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), preview::operation()]
}

/// A kind of document that clients get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DocumentTemplate {
    Deliverable,
    Invoice,
    Proposal,
}

impl From<documents::Template> for DocumentTemplate {
    fn from(template: documents::Template) -> Self {
        match template {
            documents::Template::Deliverable => Self::Deliverable,
            documents::Template::Invoice => Self::Invoice,
            documents::Template::Proposal => Self::Proposal,
        }
    }
}

impl From<DocumentTemplate> for documents::Template {
    fn from(template: DocumentTemplate) -> Self {
        match template {
            DocumentTemplate::Deliverable => Self::Deliverable,
            DocumentTemplate::Invoice => Self::Invoice,
            DocumentTemplate::Proposal => Self::Proposal,
        }
    }
}
