//! Drives flows durably on PostgreSQL.
//!
//! A run is one row that holds the interpreter's snapshot. What happens to it (an event, a timer, the
//! result of a call) is applied by the pure `flow::step`; the new snapshot, the journal and the calls
//! that follow are written in one transaction, together with those of other runs. Calls are made after
//! that transaction, never inside one.
//!
//! Invariants:
//! - A call is in the journal, committed as `started`, before its request is sent.
//! - A result counts once: it is committed together with the deletion of its queue row, whose fence
//!   must be the one it was claimed with.
//! - What has an effect that nobody can look up is never sent a second time.

mod about;
mod advance;
mod alerts;
mod batch;
mod breaker;
mod by_hand;
mod children;
mod claim;
mod dispatch;
mod driver;
mod error;
mod flows;
mod follow;
mod gather;
mod hot;
mod housekeeping;
pub mod human_tasks;
mod inbox;
mod outside;
mod persist;
pub mod retention;
pub mod runs;
mod schedules;
mod snapshot;
pub mod tally;
mod told;
mod traces;
pub mod versions;

/// The source of the events that the engine itself appends.
pub(crate) const EVENT_SOURCE: &str = "handoff/engine";

pub use by_hand::{ByHand, HandedCall, Turn};
pub use driver::{Engine, EngineOptions};
pub use error::of_call as flow_error;
pub use flows::{Flow, Flows, FlowsInUse, LoadError, LoadErrors};
pub use follow::FlowFollower;
pub use outside::{
    Attempt, Cause, FunctionInfo, Functions, OperationError, Operations, Outcome, Outside,
};
