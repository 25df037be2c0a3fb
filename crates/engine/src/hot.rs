//! States of runs whose calls this node makes, kept in memory so that a call that comes back need not read its run.
//!
//! Invariant: what is kept is a guess. A step is written only where the row still has the revision of the state that
//! it began with ([`crate::persist::write`]), so a run that somebody else moved on meanwhile costs the batch, which is
//! done again with what is stored.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use flow::{Program, State, Status};
use kernel::RunId;

use crate::advance::Progress;

/// What is known of a run after its last step.
#[derive(Debug)]
pub(crate) struct HotRun {
    pub(crate) run: RunId,
    pub(crate) program: Arc<Program>,
    pub(crate) state: State,
    pub(crate) revision: i64,
}

impl HotRun {
    /// After a step that is not committed yet: a run that a call comes back to.
    pub(crate) fn after(progress: Progress) -> Option<Self> {
        (progress.status() == Status::Running).then(|| Self {
            run: progress.run,
            program: progress.program,
            state: progress.state,
            revision: progress.revision,
        })
    }
}

/// The runs that are kept. Whoever moves one takes it out.
#[derive(Debug)]
pub(crate) struct HotRuns {
    kept: Mutex<HashMap<RunId, HotRun>>,
    kept_max: usize,
}

impl HotRuns {
    /// Room for the runs of as many calls at the same time, and of those that came back.
    pub(crate) fn new(calls_max: usize) -> Self {
        Self { kept: Mutex::new(HashMap::new()), kept_max: 4 * calls_max }
    }

    /// Takes out those of the runs that are kept.
    pub(crate) fn take(&self, runs: &[RunId]) -> HashMap<RunId, HotRun> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().filter_map(|run| kept.remove_entry(run)).collect()
    }

    /// Keeps runs as a commit left them.
    pub(crate) fn keep(&self, runs: Vec<HotRun>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if self.kept_max < kept.len() + runs.len() {
            // Calls that were put off, or that other nodes took over, do not come back to the runs that they left.
            kept.clear();
        }
        kept.extend(runs.into_iter().map(|run| (run.run, run)));
    }
}
