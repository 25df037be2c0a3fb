//! Where a task of a run is.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    model::{TaskId, Then},
    state::{FrameId, ValueId},
};

/// A task (or the run itself) that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// None for the run itself.
    pub(crate) task: Option<TaskId>,
    pub(crate) parent: FrameId,
    /// Its place among the branches of a fork.
    pub(crate) branch: usize,
    pub(crate) raw: ValueId,
    /// The transformed input.
    pub(crate) input: ValueId,
    pub(crate) started_at: Timestamp,
    /// The timer of its timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<(u64, Timestamp)>,
    pub(crate) phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Its own data is being prepared, or it runs a task list.
    Block,
    Fork {
        outputs: Vec<Option<ValueId>>,
    },
    For(ForPhase),
    /// Runs what an extension does before or after it.
    Extended(Extended),
    Try(TryPhase),
    Call {
        call: u64,
        attempt: u32,
        input: ValueId,
    },
    Wait {
        timer: u64,
        until: Timestamp,
    },
    Listen {
        listen: u64,
        #[serde(default)]
        heard: Heard,
    },
    /// The task that faulted the run. With what it produced, if only finishing failed.
    Failed {
        call: Option<u64>,
        produced: Option<(ValueId, Option<Then>)>,
    },
    /// Interrupted when another branch faulted the run.
    Stopped {
        was: Box<Phase>,
    },
    /// Not begun when another branch faulted the run.
    Unentered,
}

/// What a listen has come to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Heard {
    /// What was consumed, as it is read.
    pub(crate) items: Vec<ValueId>,
    /// The filters of `all` that an event has met.
    pub(crate) met: BTreeSet<usize>,
    /// Those of an `until` likewise.
    pub(crate) until_met: BTreeSet<usize>,
    /// What each correlation must give, by its name.
    pub(crate) expectations: BTreeMap<String, Value>,
    /// How many items were handed to what is done for each, the one under way among them.
    pub(crate) handed: usize,
    pub(crate) is_iterating: bool,
    /// What was given for each.
    pub(crate) outputs: Vec<ValueId>,
    /// Whether no more events are consumed.
    pub(crate) is_enough: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extended {
    /// Which extension of the definition.
    pub(crate) extension: usize,
    /// What the task itself gave, and where it goes: none before it has begun.
    pub(crate) produced: Option<(ValueId, Option<Then>)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ForPhase {
    /// A list.
    pub(crate) items: ValueId,
    /// The item whose turn it is.
    pub(crate) index: usize,
    /// Between two items of a long loop: the timer that goes on, and the data to go on with.
    pub(crate) pause: Option<(u64, Timestamp, ValueId)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TryPhase {
    pub(crate) stage: Stage,
    /// How many retries were made or are being waited for.
    pub(crate) retries: u32,
    pub(crate) since: Timestamp,
    /// The timer that ends the attempt.
    pub(crate) deadline: Option<(u64, Timestamp)>,
    /// The calls made inside, so that a retry repeats each under its own number.
    pub(crate) calls: Vec<Activation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stage {
    Body,
    Backoff { timer: u64, until: Timestamp },
    Catch { error: ValueId },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Activation {
    pub(crate) task: TaskId,
    pub(crate) call: u64,
    pub(crate) attempt: u32,
    /// Whether the present attempt of the try has made it.
    pub(crate) is_made: bool,
}

impl Phase {
    /// The values that it refers to.
    pub(crate) fn values(&self, used: &mut BTreeSet<ValueId>) {
        match self {
            Self::Fork { outputs } => used.extend(outputs.iter().flatten()),
            Self::For(ForPhase { items, pause, .. }) => {
                used.insert(*items);
                used.extend(pause.iter().map(|(_, _, data)| *data));
            }
            Self::Try(TryPhase { stage: Stage::Catch { error }, .. }) => used.extend([*error]),
            Self::Call { input, .. } => used.extend([*input]),
            Self::Extended(Extended { produced, .. }) | Self::Failed { produced, .. } => {
                used.extend(produced.iter().map(|(value, _)| *value));
            }
            Self::Stopped { was } => was.values(used),
            Self::Listen { heard, .. } => used.extend(heard.items.iter().chain(&heard.outputs)),
            Self::Block | Self::Try(_) | Self::Wait { .. } | Self::Unentered => {}
        }
    }
}
