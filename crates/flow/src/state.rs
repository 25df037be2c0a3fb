//! A run between two steps: everything that must survive a crash.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use crate::phase::{
    Activation, Extended, ForPhase, Frame, Heard, Phase, Stage, TryPhase,
};
use crate::{
    command::Input,
    error::{FlowError, Standard},
};

/// The version of the snapshot's form. A state of another version is refused, not guessed at.
pub(crate) const FORMAT: u32 = 1;
/// The frame of the whole run.
pub(crate) const ROOT: FrameId = 0;

pub(crate) type FrameId = u64;
/// A value's number in the arena.
pub(crate) type ValueId = u64;

/// What a run is told about itself when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    pub id: String,
    pub started_at: Timestamp,
    /// Decides all jitter, so that a replay waits as long.
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started.
    Pending,
    /// A call is under way.
    Running,
    /// Only timers or events can move it.
    Waiting,
    Suspended,
    Cancelled,
    /// Failed. It can be retried.
    Faulted,
    Completed,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Running,
        Self::Waiting,
        Self::Suspended,
        Self::Cancelled,
        Self::Faulted,
        Self::Completed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Faulted => "faulted",
            Self::Completed => "completed",
        }
    }

    /// Whether the run is over, unless someone retries it.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Faulted | Self::Completed)
    }
}

/// The snapshot of a run.
///
/// Data stands in one arena of numbered values that never change, so that a driver can store a large
/// value once, beside the row that it rewrites at each step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) format: u32,
    pub(crate) run: RunInfo,
    pub(crate) status: Status,
    /// The next number for a frame, call, timer, listen or value.
    pub(crate) next: u64,
    /// How many random numbers were drawn.
    pub(crate) draws: u64,
    pub(crate) frames: BTreeMap<FrameId, Frame>,
    pub(crate) values: BTreeMap<ValueId, Arc<Value>>,
    pub(crate) context: Option<ValueId>,
    /// Events that came before any task listened for them.
    pub(crate) inbox: Vec<ValueId>,
    pub(crate) output: Option<ValueId>,
    pub(crate) error: Option<FlowError>,
    /// How often somebody had it taken up again after it faulted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) revivals: u32,
    /// What happened since the run was suspended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) held: Vec<Input>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Why a stored state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidState {
    #[error("it has format {found}, and this program reads format {FORMAT}")]
    Format { found: u32 },
    #[error("its value {0} is missing")]
    Missing(u64),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Dehydrated {
    state: State,
    /// The values that are stored elsewhere.
    outside: Vec<ValueId>,
}

impl State {
    pub fn new(run: RunInfo) -> Self {
        Self {
            format: FORMAT,
            run,
            status: Status::Pending,
            next: ROOT + 1,
            draws: 0,
            frames: BTreeMap::new(),
            values: BTreeMap::new(),
            context: None,
            inbox: Vec::new(),
            output: None,
            error: None,
            revivals: 0,
            held: Vec::new(),
        }
    }

    /// Stands in for a state that was moved out, for a moment. Never store or step it.
    pub fn placeholder() -> Self {
        let run = RunInfo { id: String::new(), started_at: Timestamp::UNIX_EPOCH, seed: 0 };
        Self::new(run)
    }

    /// The run's input as it came; null before it has started.
    pub fn input(&self) -> &Value {
        static NOTHING: Value = Value::Null;
        let raw = self.frames.get(&ROOT).and_then(|root| self.values.get(&root.raw));
        raw.map_or(&NOTHING, |raw| &**raw)
    }

    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    pub fn status(&self) -> Status {
        self.status
    }

    /// The run's output, once it has completed.
    pub fn output(&self) -> Option<&Value> {
        self.values.get(&self.output?).map(|value| &**value)
    }

    /// Why it faulted.
    pub fn error(&self) -> Option<&FlowError> {
        self.error.as_ref()
    }

    /// What it came to, as a run that waited for it is told; none while it goes on.
    pub fn result(&self) -> Option<Result<Value, FlowError>> {
        match self.status {
            Status::Completed => Some(Ok(self.output().cloned().unwrap_or_default())),
            // The place is one of its own definition.
            Status::Faulted => {
                self.error.clone().map(|error| Err(FlowError { instance: None, ..error }))
            }
            Status::Cancelled => Some(Err(Standard::Runtime.error("the run was cancelled"))),
            _ => None,
        }
    }

    /// The numbers of the calls under way.
    pub fn pending_calls(&self) -> Vec<u64> {
        self.phases(|phase| match phase {
            Phase::Call { call, .. } => Some(*call),
            _ => None,
        })
    }

    /// The timers that are set, with the moment each fires.
    pub fn pending_timers(&self) -> Vec<(u64, Timestamp)> {
        let mut timers = self.phases(|phase| match phase {
            Phase::Wait { timer, until }
            | Phase::For(ForPhase { pause: Some((timer, until, _)), .. }) => Some((*timer, *until)),
            // A try waits either for its next attempt or for the end of the present one.
            Phase::Try(TryPhase { stage: Stage::Backoff { timer, until }, .. }) => {
                Some((*timer, *until))
            }
            Phase::Try(TryPhase { deadline, .. }) => *deadline,
            _ => None,
        });
        timers.extend(self.frames.values().filter_map(|frame| frame.timeout));
        timers
    }

    /// The calls that failed and are made again after a pause, with the end of the pause.
    pub fn pauses(&self) -> Vec<(u64, Timestamp)> {
        let waiting = self.phases(|phase| match phase {
            Phase::Try(TryPhase { stage: Stage::Backoff { until, .. }, calls, .. }) => {
                Some(calls.iter().map(|made| (made.call, *until)).collect::<Vec<_>>())
            }
            _ => None,
        });
        waiting.into_iter().flatten().collect()
    }

    /// Whether it faulted before and was taken up again.
    pub fn was_revived(&self) -> bool {
        0 < self.revivals
    }

    /// The numbers of the listens that wait for an event.
    pub fn pending_listens(&self) -> Vec<u64> {
        self.phases(|phase| match phase {
            Phase::Listen { listen, heard } if !heard.is_enough => Some(*listen),
            _ => None,
        })
    }

    fn phases<T>(&self, pick: impl Fn(&Phase) -> Option<T>) -> Vec<T> {
        self.frames.values().filter_map(|frame| pick(&frame.phase)).collect()
    }

    /// The state without the values larger than `limit_bytes`, to be written as JSON, and those values.
    ///
    /// A value never changes under its number, so one that is stored already need not be written
    /// again.
    pub fn dehydrate(
        &self,
        limit_bytes: usize,
    ) -> (impl Serialize + use<>, Vec<(u64, Arc<Value>)>) {
        let mut state = self.clone();
        let mut large = Vec::new();
        state.values.retain(|id, value| {
            let is_small = written_size(value) <= limit_bytes;
            if !is_small {
                large.push((*id, Arc::clone(value)));
            }
            is_small
        });
        let outside = large.iter().map(|(id, _)| *id).collect();
        (Dehydrated { state, outside }, large)
    }

    /// Puts a state together again.
    ///
    /// # Errors
    /// When the JSON is no state of this version, or `value` does not know a value that was apart.
    pub fn hydrate(
        json: Value,
        mut value: impl FnMut(u64) -> Option<Value>,
    ) -> Result<Self, InvalidState> {
        let found = json.pointer("/state/format").and_then(Value::as_u64).unwrap_or(0);
        if found != u64::from(FORMAT) {
            return Err(InvalidState::Format { found: u32::try_from(found).unwrap_or(u32::MAX) });
        }
        let Dehydrated { mut state, outside } = serde_json::from_value(json)?;
        for id in outside {
            let found = value(id).ok_or(InvalidState::Missing(id))?;
            state.values.insert(id, Arc::new(found));
        }
        Ok(state)
    }

    /// Forgets the values that nothing refers to, but those that are used elsewhere.
    pub(crate) fn collect_garbage(&mut self, mut used: BTreeSet<ValueId>) {
        used.extend(self.context);
        used.extend(self.output);
        used.extend(&self.inbox);
        for frame in self.frames.values() {
            used.extend([frame.raw, frame.input]);
            frame.phase.values(&mut used);
        }
        self.values.retain(|id, _| used.contains(id));
    }
}

/// How many bytes a value takes as JSON.
fn written_size(value: &Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting cannot fail, and a value's keys are always text.
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => counter.0,
        Err(_) => usize::MAX,
    }
}
