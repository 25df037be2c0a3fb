//! One node that works only when it is told to, one thing at a time.
//!
//! For tests that decide what happens when: calls are handed out instead of made, and time is the clock's.

use std::sync::Arc;

use flow::FlowError;
use kernel::RunId;
use serde_json::Value;
use store::{Db, StoreError};
use uuid::Uuid;

use crate::{
    EngineOptions, Flows, Outside,
    batch::{self, Round},
    dispatch::{Ending, Prepared, Returned},
    driver::Inner,
    schedules,
};

/// A node. Dropping it is as good as killing it: what it was told and did not commit is lost.
pub struct ByHand {
    inner: Inner,
}

/// A call that the node would make now.
#[derive(Debug)]
pub struct HandedCall(Prepared);

impl HandedCall {
    pub fn run(&self) -> RunId {
        self.0.run
    }

    pub fn number(&self) -> u64 {
        self.0.number
    }

    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    pub fn function(&self) -> &str {
        &self.0.function
    }

    pub fn input(&self) -> &Value {
        &self.0.input
    }
}

/// What one turn came to.
#[derive(Debug)]
pub struct Turn {
    pub calls: Vec<HandedCall>,
    /// Whether there was anything to do.
    pub worked: bool,
}

impl ByHand {
    pub fn new(db: Db, flows: Arc<Flows>, outside: Outside) -> Self {
        Self { inner: Inner::new(db, flows, outside, EngineOptions::default()) }
    }

    /// Takes what is due: at most one entry of the queue, or else one timer.
    pub async fn turn(&self) -> Result<Turn, StoreError> {
        self.process(&[], true, None).await
    }

    /// Takes over the calls of all other nodes, as the only node does at its start.
    pub async fn take_over(&self) -> Result<Turn, StoreError> {
        self.process(&[], true, Some(true)).await
    }

    /// Sees to it that flows start by the clock, as a node does every few seconds.
    pub async fn keep_schedules(&self) -> Result<(), StoreError> {
        schedules::ensure(&self.inner).await
    }

    /// Tells what a call came to, and takes nothing else.
    pub async fn answer(
        &self,
        call: HandedCall,
        result: Result<Value, FlowError>,
    ) -> Result<Turn, StoreError> {
        let Prepared { tenant, run, number, task, fence, function, effect, .. } = call.0;
        let ending = match result {
            Ok(output) => Ending::Done { result: Ok(output), usage: Vec::new() },
            Err(error) => Ending::Failed { error },
        };
        let returned = Returned { tenant, run, number, task, fence, function, effect, ending };
        self.process(&[returned], false, None).await
    }

    async fn process(
        &self,
        returned: &[Returned],
        takes_entries: bool,
        takeover: Option<bool>,
    ) -> Result<Turn, StoreError> {
        let entries_max = i64::from(takes_entries && takeover.is_none());
        let round = Round {
            takes_work: true,
            looks: true,
            takeover,
            takes_starts: 0 < entries_max,
            entries_max,
            calls_max: entries_max,
            after: Uuid::nil(),
        };
        let processed = match batch::process(&self.inner, returned, round).await {
            // As a node that works by itself.
            Err(StoreError::Conflict(_)) => batch::process(&self.inner, returned, round).await?,
            processed => processed?,
        };
        let calls = processed.calls.into_iter().map(HandedCall).collect();
        Ok(Turn { calls, worked: processed.worked })
    }
}

impl std::fmt::Debug for ByHand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByHand").field("node", &self.inner.node).finish_non_exhaustive()
    }
}
