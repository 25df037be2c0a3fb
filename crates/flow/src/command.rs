//! What can happen to a run, and what it wants done.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{error::FlowError, state::State};

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    Start {
        input: Value,
    },
    CallSucceeded {
        call: u64,
        output: Value,
    },
    CallFailed {
        call: u64,
        error: FlowError,
    },
    TimerFired {
        timer: u64,
    },
    /// An event, as a CloudEvents envelope.
    EventReceived {
        event: Value,
    },
    Cancel {
        reason: String,
    },
    /// A faulted run enters the task that failed once more, as a new activation.
    Retry,
    /// A faulted run goes on behind the task that failed, as if it had given this; without an output, its own
    /// input.
    Skip {
        reason: String,
        output: Option<Value>,
    },
    /// Nothing goes on until the run is resumed. What happens meanwhile is kept.
    Suspend {
        reason: String,
    },
    Resume,
}

/// Something a run wants done, in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Call a function. `call` is the number of the activation: all attempts of it share the number,
    /// and a task that is entered again by a jump or by hand gets another.
    Call {
        call: u64,
        attempt: u32,
        task: String,
        function: String,
        input: Value,
    },
    Timer {
        timer: u64,
        at: Timestamp,
    },
    CancelCall {
        call: u64,
    },
    CancelTimer {
        timer: u64,
    },
    Emit {
        event: EmittedEvent,
    },
    Listen {
        listen: u64,
        types: Vec<String>,
    },
    Unlisten {
        listen: u64,
    },
    TaskStarted {
        task: String,
    },
    TaskEnded {
        task: String,
        outcome: Outcome,
        /// Why, if it faulted.
        error: Option<FlowError>,
    },
    /// A listen has heard enough: what its correlations gave.
    Correlated {
        keys: BTreeMap<String, Value>,
    },
    Completed {
        output: Value,
    },
    Faulted {
        error: FlowError,
    },
    Cancelled {
        reason: String,
    },
    Suspended {
        reason: String,
    },
    Resumed,
    /// A person's decision about a task that had failed.
    SkippedOver {
        task: String,
        reason: String,
    },
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Completed,
    /// Its `if` was not true.
    Skipped,
    Faulted,
    /// Something else ended first: a faster branch, a failed sibling, the run.
    Cancelled,
    /// What it tries failed and will be tried again.
    Retrying,
}

/// An event that a run emits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmittedEvent {
    /// Unique within the source: the run's id and a number.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// None when the definition names none: `/namespace/name/version` is meant.
    pub source: Option<String>,
    pub subject: Option<String>,
    pub time: Timestamp,
    pub data: Value,
    /// Every other attribute that the definition sets.
    pub attributes: Map<String, Value>,
}

/// Where a run is after something happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub state: State,
    pub commands: Vec<Command>,
}
