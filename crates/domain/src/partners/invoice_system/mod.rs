//! The invoice system of the assistant's contract, played by us: five endpoints that an assistant calls
//! (1.B), the webhook it is told by (1.A), and the settings of both (1.D).
//!
//! Paths and shapes are the contract's. Ids are opaque to the assistant, so one that we did not make is
//! not found rather than malformed. No answer holds a secret.

mod attach_deliverable;
mod integration;
mod payload;
mod policy;
mod report_project;
mod show_lead;
mod submit_lead;
mod submit_project;

use kernel::{Id, Kind};

pub use payload::payload;
pub(crate) use policy::store as store_policy;

use crate::{Operation, Problem, text::ShortText};

/// The connection that holds an assistant's settings.
pub(crate) const CONNECTOR: &str = "assistant";

/// An id of ours as an assistant writes it.
fn our_id<K: Kind>(text: &ShortText, what: &str) -> Result<Id<K>, Problem> {
    text.as_str().parse().map_err(|_not_ours| Problem::not_found(what))
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        submit_lead::operation(),
        show_lead::operation(),
        attach_deliverable::operation(),
        submit_project::operation(),
        report_project::operation(),
        integration::get::operation(),
        integration::set::operation(),
    ]
}
