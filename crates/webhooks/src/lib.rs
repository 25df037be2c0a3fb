//! Webhooks that others send us: verified, deduplicated, stored raw, acknowledged, and replayable.
//!
//! Invariant: nothing is answered with 2xx before it is committed, and nothing is worked on before it
//! is answered.

mod deliveries;
pub mod intake;
mod receiver;

pub use deliveries::operations;
pub use receiver::{Delivery, Receiver, Stored};
