//! The outside systems that Handoff speaks to, one folder each, simulators included.
//!
//! Invariant: nothing here knows of tenants, PostgreSQL or flows.

use std::sync::Arc;

use connector_kit::Connector;

pub mod ai;
pub mod assistant;
pub mod email;
pub mod invoice_system;
pub mod notion;
pub mod slack;

/// Every connector. `prompts` is what the AI connector may be asked.
pub fn all(prompts: Arc<ai::prompts::Library>) -> Vec<Connector> {
    vec![
        ai::connector(prompts),
        assistant::connector(),
        email::connector(),
        invoice_system::connector(),
        notion::connector(),
        slack::connector(),
    ]
}
