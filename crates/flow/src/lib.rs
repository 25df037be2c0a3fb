//! The flow language: an implementation of the Open Workflow Specification DSL 1.0.
//!
//! Pure: no I/O, no clock, no randomness, no async. A definition is checked and compiled once into a
//! [`Program`]; [`step`] then decides what a run does next from its [`State`] and an [`Input`], and
//! says so in [`Command`]s. Whoever drives it stores the state, carries out the commands and brings
//! back what came of them. [`memory`] is the smallest such driver.
//!
//! What happens where the specification leaves a point open is written in `docs/flow-semantics.md`, each point with the
//! [`scenario`] that proves it.

mod advice;
mod bundle;
mod catalog;
mod check;
mod command;
mod diagnostic;
mod duration;
mod editor;
mod error;
mod expression;
mod fit;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod lifecycle;
mod machine;
pub mod memory;
mod model;
mod phase;
mod program;
mod protocol;
mod relocate;
mod routing;
pub mod scenario;
mod schedule;
mod source;
#[cfg(any(test, feature = "fuzzing"))]
mod stage;
mod state;
mod stretch;
#[cfg(test)]
mod testing;

pub use bundle::{Fetch, Fetched, bundle, unbundled};
pub use catalog::{APPROVAL_REQUEST, Catalog, FunctionSpec, TASK_ASSIGN, asks_people};
pub use command::{Command, EmittedEvent, Input, Outcome, Step};
pub use diagnostic::{Diagnostic, Severity, nearest};
pub use duration::from_json as duration_ms;
pub use editor::schema as editor_schema;
pub use error::{ERRORS, FlowError, OUTCOME_UNKNOWN, Standard};
pub use lifecycle::LifecycleEvent;
pub use machine::{
    gather::{Fitting, HalfMet},
    step,
    watch::{Glimpse, Seen},
};
pub use model::Read;
pub use program::{Program, RunWorkflow};
use protocol::RUN_PREFIX;
pub use protocol::{RUN_CONTAINER, RUN_SCRIPT, RUN_SHELL, RUN_WORKFLOW, is_protocol};
pub use relocate::Unmovable;
pub use routing::{ANY_KEY, Interest, keys as event_keys};
pub use schedule::{Due, Schedule};
pub use source::to_json as read_yaml;
pub use state::{InvalidState, RunInfo, State, Status};
