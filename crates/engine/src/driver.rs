//! The loop that moves runs forward: gather what happened, apply it, commit it, make the calls.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use kernel::{Id, kinds};
use store::{Db, StoreError};
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use uuid::Uuid;

use crate::{
    Flows, Functions, Outside,
    batch::{self, Round},
    breaker::Breakers,
    dispatch::{self, Prepared, Returned},
    hot::HotRuns,
    housekeeping,
    inbox::{Inbox, PARTS},
    retention, schedules,
};

/// How often a loop lets others go first before it takes what came back.
const COALESCE_YIELDS: usize = 8;
/// How long the queues are not looked at, at the most.
const POLL: Duration = Duration::from_millis(250);
/// How often calls are taken from the queue while there is little room for them.
const ROOM_GATHERS: Duration = Duration::from_millis(10);
/// The part of the room for calls that is not little.
const MUCH_ROOM: usize = 8;
/// How long a loop waits after the database failed.
const BACKOFF: Duration = Duration::from_millis(300);
/// How often a batch that was overtaken is done again at once.
const OVERTAKEN_MAX: u32 = 3;
/// How long stopping waits for calls that are being made.
const DRAIN: Duration = Duration::from_secs(20);

/// How the engine is set up.
#[derive(Debug, Clone, Copy)]
pub struct EngineOptions {
    /// How many calls this node makes at the same time.
    pub calls_max: usize,
    /// No other node works on this database, so whatever is leased to another was interrupted.
    pub is_only_node: bool,
    /// How long one attempt of a call may take.
    pub attempt_timeout: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { calls_max: 512, is_only_node: false, attempt_timeout: Duration::from_secs(120) }
    }
}

/// Drives the runs of all tenants on one node.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) flows: Arc<Flows>,
    pub(crate) outside: Outside,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) breakers: Breakers,
    pub(crate) node: Uuid,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) hot: HotRuns,
    pub(crate) sequenced: Notify,
    pub(crate) inbox: Inbox,
    calls: TaskTracker,
    pub(crate) options: EngineOptions,
    cursor: Mutex<Uuid>,
}

impl Engine {
    pub fn new(db: Db, flows: Arc<Flows>, outside: Outside, options: EngineOptions) -> Self {
        Self { inner: Arc::new(Inner::new(db, flows, outside, options)) }
    }

    pub fn flows(&self) -> &Arc<Flows> {
        &self.inner.flows
    }

    /// Resolves when events were given positions, so that readers can look again.
    pub async fn sequenced(&self) {
        self.inner.sequenced.notified().await;
    }

    /// Works until told to stop; then finishes the calls that are being made, as far as time allows.
    pub async fn run(&self, stop: CancellationToken) {
        let inner = &self.inner;
        let keepers = TaskTracker::new();
        keepers.spawn(housekeeping::sequence(Arc::clone(inner), stop.clone()));
        keepers.spawn(housekeeping::renew(Arc::clone(inner), stop.clone()));
        keepers.spawn(schedules::keep(Arc::clone(inner), stop.clone()));
        keepers.spawn(retention::keep(Arc::clone(inner), stop.clone()));
        let committing = CancellationToken::new();
        let taking = TaskTracker::new();
        keepers.spawn(take_due(Arc::clone(inner), stop.clone(), taking.token()));
        for part in 0..PARTS {
            let (inner, stop, committing) = (Arc::clone(inner), stop.clone(), committing.clone());
            keepers.spawn(take_returned(inner, part, stop, taking.token(), committing));
        }
        stop.cancelled().await;
        // A loop that was taking work at that moment still starts the calls of it.
        taking.close();
        taking.wait().await;
        inner.calls.close();
        // The loops go on committing results while the last calls come back.
        drop(tokio::time::timeout(DRAIN, inner.calls.wait()).await);
        committing.cancel();
        keepers.close();
        keepers.wait().await;
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("node", &self.inner.node).finish_non_exhaustive()
    }
}

/// Takes what is due from the queues: starts, events, timers, what somebody asked for, calls that nobody makes. It has a
/// loop of its own, so that what begins does not wait for a commit of many calls that came back.
async fn take_due(inner: Arc<Inner>, stop: CancellationToken, _takes: TaskTrackerToken) {
    let mut overtaken = 0;
    // Looks for interrupted calls at its start and then once a second.
    let mut keeper = Takeover::new(inner.options.is_only_node);
    let mut room = Room::default();
    while !stop.is_cancelled() {
        let takeover = keeper.due();
        let round = Round {
            takes_work: true,
            looks: true,
            takeover,
            // About once a second, as the look for interrupted calls.
            takes_starts: takeover.is_some(),
            entries_max: batch::ENTRIES_MAX,
            calls_max: room.take(&inner),
            after: inner.cursor().await,
        };
        let (pause, is_short) = match commit(&inner, &[], round).await {
            Ok(processed) => {
                overtaken = 0;
                (processed.idle.unwrap_or(POLL).min(POLL), processed.is_short)
            }
            Err(failed) => {
                keeper.again(takeover);
                overtaken += 1;
                (failed.pause(overtaken), false)
            }
        };
        if pause.is_zero() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = inner.db.wake().work.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = room.gathered(&inner), if is_short => {}
        }
    }
}

/// Commits what calls came to, of one part of the inbox or of all.
async fn take_returned(
    inner: Arc<Inner>,
    part: usize,
    stop: CancellationToken,
    takes: TaskTrackerToken,
    done: CancellationToken,
) {
    // Held while this loop makes new calls: told to stop, it only commits what comes back.
    let mut takes = Some(takes);
    let mut overtaken = 0;
    let mut returned: Vec<Returned> = Vec::new();
    loop {
        if returned.is_empty() {
            let end = if takes.is_some() { &stop } else { &done };
            tokio::select! {
                () = end.cancelled() => {}
                () = inner.inbox.came(part) => {}
            }
        }
        // Calls that were made together come back together.
        for _ in 0..COALESCE_YIELDS {
            tokio::task::yield_now().await;
        }
        let _at_work = inner.inbox.begin(part, &mut returned).await;
        if stop.is_cancelled() {
            takes = None;
        }
        if returned.is_empty() {
            if done.is_cancelled() {
                return;
            }
            // Another loop took what came.
            continue;
        }
        let round = Round {
            takes_work: takes.is_some(),
            looks: false,
            takeover: None,
            takes_starts: false,
            entries_max: 0,
            calls_max: 0,
            after: Uuid::nil(),
        };
        match commit(&inner, &returned, round).await {
            Ok(_) => {
                returned.clear();
                overtaken = 0;
            }
            Err(failed) => {
                // Keep what was received, and let the database rest.
                overtaken += 1;
                tokio::time::sleep(failed.pause(overtaken)).await;
            }
        }
    }
}

/// Commits a batch, and starts the calls that it asks for.
async fn commit(
    inner: &Arc<Inner>,
    returned: &[Returned],
    round: Round,
) -> Result<Processed, Failed> {
    let mut batch = guard(batch::process(inner, returned, round)).await;
    if batch.is_err() {
        // What was read in it may never have been.
        inner.flows.forget_all();
    }
    if let Err(Failed::ForGood) = batch {
        batch = guard(batch::run_by_run(inner, returned, round)).await;
        inner.flows.forget_all();
    }
    let mut processed = batch?;
    for call in processed.calls.drain(..) {
        inner.calls.spawn(dispatch::make(Arc::clone(inner), call));
    }
    Ok(processed)
}

/// Whether a batch that was undone may succeed later.
enum Failed {
    /// Somebody else moved on what it began with. With what is there now it succeeds.
    Overtaken,
    ForNow,
    ForGood,
}

impl Failed {
    /// How long to wait after the failures so far.
    fn pause(&self, failures: u32) -> Duration {
        let is_soon = matches!(self, Self::Overtaken) && failures <= OVERTAKEN_MAX;
        if is_soon { Duration::ZERO } else { BACKOFF }
    }
}

/// A panic is a mistake of ours; it must not stop the loop for everybody else.
async fn guard(
    batch: impl Future<Output = Result<Processed, StoreError>>,
) -> Result<Processed, Failed> {
    let failed = match std::panic::AssertUnwindSafe(batch).catch_unwind().await {
        Ok(Ok(processed)) => return Ok(processed),
        Ok(Err(StoreError::Conflict(error))) => {
            tracing::info!(%error, "a batch was overtaken and is done again");
            Failed::Overtaken
        }
        Ok(Err(error)) if error.is_transient() => {
            tracing::warn!(%error, "a batch was undone and will be tried again");
            Failed::ForNow
        }
        Ok(Err(error)) => {
            tracing::error!(%error, cause = ?error, "a batch failed and is tried run by run");
            Failed::ForGood
        }
        Err(_panic) => {
            tracing::error!("applying a batch panicked; it is tried run by run");
            Failed::ForGood
        }
    };
    metrics::counter!("handoff_engine_batches_failed_total").increment(1);
    Err(failed)
}

/// Room for calls that wait in the queue. To take them one by one, as one after the other comes back, would cost each of
/// them a commit.
#[derive(Default)]
struct Room {
    taken_at: Option<Instant>,
}

impl Room {
    /// For how many calls there is room now; none if there is little and some was taken just now.
    fn take(&mut self, inner: &Inner) -> i64 {
        let room = inner.permits.available_permits();
        let is_much = inner.options.calls_max <= room * MUCH_ROOM;
        if room == 0 || !is_much && self.taken_at.is_some_and(|at| at.elapsed() < ROOM_GATHERS) {
            return 0;
        }
        self.taken_at = Some(Instant::now());
        i64::try_from(room).map_or(batch::CALLS_MAX, |room| room.min(batch::CALLS_MAX))
    }

    /// Resolves when calls that wait in the queue can be made.
    async fn gathered(&self, inner: &Inner) {
        if let Some(at) = self.taken_at {
            tokio::time::sleep(ROOM_GATHERS.saturating_sub(at.elapsed())).await;
        }
        drop(inner.permits.acquire().await);
    }
}

/// When to look for calls whose node is gone.
struct Takeover {
    others_are_dead: bool,
    next: Instant,
}

impl Takeover {
    const EVERY: Duration = Duration::from_secs(1);

    fn new(others_are_dead: bool) -> Self {
        Self { others_are_dead, next: Instant::now() }
    }

    /// `Some(others_are_dead)` when it is time to look.
    fn due(&mut self) -> Option<bool> {
        let now = Instant::now();
        (self.next <= now).then(|| {
            self.next = now + Self::EVERY;
            self.others_are_dead
        })
    }

    /// The look failed: do it again soon.
    fn again(&mut self, looked: Option<bool>) {
        if looked.is_some() {
            self.next = Instant::now();
        }
    }
}

impl Inner {
    pub(crate) fn new(db: Db, flows: Arc<Flows>, outside: Outside, options: EngineOptions) -> Self {
        let node = Id::<kinds::Task>::generate(db.clock(), db.random()).uuid();
        Self {
            db,
            flows,
            functions: Arc::clone(&outside.functions),
            outside,
            breakers: Breakers::default(),
            node,
            permits: Arc::new(Semaphore::new(options.calls_max)),
            sequenced: Notify::new(),
            hot: HotRuns::new(options.calls_max),
            inbox: Inbox::new(options.calls_max.max(1) * 2),
            calls: TaskTracker::new(),
            options,
            cursor: Mutex::new(Uuid::nil()),
        }
    }

    /// Where the rotation over tenants stands.
    pub(crate) async fn cursor(&self) -> Uuid {
        *self.cursor.lock().await
    }

    pub(crate) async fn move_cursor(&self, to: Uuid) {
        *self.cursor.lock().await = to;
    }

    /// Room for one more call on this node.
    pub(crate) fn permit(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }
}

/// What a batch came to.
#[derive(Debug)]
pub(crate) struct Processed {
    /// To be made now.
    pub(crate) calls: Vec<Prepared>,
    /// Whether there was anything to do.
    pub(crate) worked: bool,
    /// How long the queues need not be looked at, if they were looked at.
    pub(crate) idle: Option<Duration>,
    /// There may be calls in the queue that this node has no room for.
    pub(crate) is_short: bool,
}
