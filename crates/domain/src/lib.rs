//! The product: contexts, the operations they offer, and the one way to invoke them.
//!
//! Everything a user can do is an [`Operation`]. REST, flows and agents are thin adapters to
//! [`Registry::invoke`], so there is one permission check, one validation and one audit trail.
//!
//! Invariant: nothing here makes a network call while a transaction is open. What must reach outside
//! goes through the [`Outside`] trait, between transactions.

pub mod agreements;
mod app;
pub mod automation;
pub mod billing;
mod caller;
mod change;
pub mod connections;
pub mod crm;
pub mod delivery;
mod docs;
pub mod events;
pub mod figures;
pub mod http;
pub mod identity;
mod insight;
pub mod mcp;
pub mod memory;
pub mod messaging;
pub mod openapi;
pub mod operation;
mod page;
pub mod partners;
mod press;
mod problem;
mod prompt;
mod public_url;
pub mod rate;
pub mod text;

pub use app::{App, ConnectorInfo, Outside, Unreachable};
pub use caller::{Caller, Permission, Principal, Role, RoleName};
pub use change::Change;
pub use operation::{Effects, Handler, Method, Operation, Registry};
pub use page::{Cursor, Limit, Page, Place, PlacedPage};
pub use press::Press;
pub use problem::{CODES, FieldError, OnConstraint, Problem};
pub use prompt::{CheckedPrompt, OwnPrompt, PromptFault, PromptInfo, RenderedPrompt};
pub use public_url::{InvalidPublicUrl, PublicUrl};

/// Every operation of the contexts in this crate, in reading order.
pub fn operations() -> Vec<Operation> {
    [
        identity::operations(),
        crm::operations(),
        delivery::operations(),
        billing::operations(),
        agreements::operations(),
        partners::operations(),
        memory::operations(),
        messaging::operations(),
        connections::operations(),
        events::operations(),
        insight::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
