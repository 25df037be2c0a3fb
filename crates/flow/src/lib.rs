//! The flow language: an implementation of the Open Workflow Specification DSL 1.0.
//!
//! Pure: no I/O, no clock, no randomness, no async. A definition is checked and compiled once into a
//! [`Program`]; [`step`] then decides what a run does next from its [`State`] and an [`Input`], and
//! says so in [`Command`]s. Whoever drives it stores the state, carries out the commands and brings
//! back what came of them. [`memory`] is the smallest such driver.
//!
//! Where the specification leaves a point open, this is what happens:
//!
//! - `emit` gives the event's envelope; `listen` gives a list of what it consumed.
//! - Branches of a fork share `$context`; writes apply in the order in which results arrive. The
//!   output lists the branches' outputs in the order of their declaration. With `compete` the first
//!   to finish wins (the first declared, if several finish at once) and the others are cancelled.
//! - A catch retries first. When the policy is exhausted, `catch.do` runs, and without one (and
//!   without `catch.then`) the error goes on outward. `attempt.count` counts retries, not tries.
//!   A catch with neither `do` nor `retry` consumes the error: the output is the try's input.
//! - A retry runs the whole `try` again. Calls in it that were made before keep their number, so
//!   the other side can recognise them.
//! - A skipped task's `then` is honoured. A switch without a match goes on to the task's `then`.
//!   `exit` leaves the task list, `end` ends the run from any depth.
//! - Events of the types that a definition listens for are kept from the run's start on until a task
//!   consumes them.
//! - An expression gives exactly one result, and one that JSON can hold. Only text of the definition
//!   is ever evaluated, never text of data. `$secrets` does not exist.

mod catalog;
mod check;
mod command;
mod diagnostic;
mod duration;
mod error;
mod expression;
mod machine;
pub mod memory;
mod model;
mod phase;
mod program;
mod protocol;
pub mod scenario;
mod schedule;
mod source;
mod state;
#[cfg(test)]
mod testing;

pub use catalog::{Catalog, FunctionSpec};
pub use command::{Command, EmittedEvent, Input, Outcome, Step};
pub use diagnostic::{Diagnostic, Severity, nearest};
pub use error::{ERRORS, FlowError, OUTCOME_UNKNOWN, Standard};
pub use machine::step;
pub use model::Read;
pub use program::{Program, RunWorkflow};
use protocol::RUN_PREFIX;
pub use protocol::{RUN_CONTAINER, RUN_SCRIPT, RUN_SHELL, RUN_WORKFLOW, is_protocol};
pub use schedule::{Due, Schedule};
pub use source::to_json as read_yaml;
pub use state::{InvalidState, RunInfo, State, Status};
