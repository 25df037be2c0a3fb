//! Webhooks, both ways. Those that others send us are verified, deduplicated, stored raw, acknowledged,
//! and replayable; those that we send are written with their events, signed, retried, and replayable.
//!
//! Invariant: nothing is answered with 2xx before it is committed, and nothing is worked on before it
//! is answered.

mod deliveries;
pub mod intake;
pub mod outgoing;
mod receiver;
mod statistics;

use domain::Operation;

/// The operations of this crate, in reading order.
pub fn operations() -> Vec<Operation> {
    let both = deliveries::operations().into_iter().chain(outgoing::operations());
    both.chain([statistics::operation()]).collect()
}

pub use receiver::{Delivery, Receiver, Stored};
