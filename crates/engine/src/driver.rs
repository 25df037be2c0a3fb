//! The loop that moves runs forward: gather what happened, apply it, commit it, make the calls.

use std::{sync::Arc, time::Duration};

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
    inbox::{Inbox, LOOPS},
    retention, schedules,
};

/// How often a loop lets others go first before it takes what came back.
const COALESCE_YIELDS: usize = 8;
/// How long a loop sleeps at the most before it looks at the queues.
const POLL: Duration = Duration::from_millis(250);
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
        for number in 0..LOOPS {
            let (inner, stop, committing) = (Arc::clone(inner), stop.clone(), committing.clone());
            let takes = taking.token();
            keepers.spawn(async move { commit_loop(inner, number, stop, takes, committing).await });
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

async fn commit_loop(
    inner: Arc<Inner>,
    number: usize,
    stop: CancellationToken,
    takes: TaskTrackerToken,
    done: CancellationToken,
) {
    // Held while this loop takes work.
    let mut takes = Some(takes);
    let mut pause = Duration::ZERO;
    let mut overtaken = 0;
    let mut returned: Vec<Returned> = Vec::new();
    // When to look at the queues next, if nobody hints before.
    let mut look_at = std::time::Instant::now();
    // Only the first loop looks for interrupted calls, at its start and then once a second.
    let mut keeper = (number == 0).then(|| Takeover::new(inner.options.is_only_node));
    loop {
        // Told to stop, it looks up at once, and from then on only commits what comes back.
        let end = if takes.is_some() { &stop } else { &done };
        let was_hinted = wait(&inner, number, &returned, pause, end).await;
        // Calls that were made together come back together.
        for _ in 0..COALESCE_YIELDS {
            tokio::task::yield_now().await;
        }
        let _at_work = inner.inbox.begin(number, &mut returned).await;
        if stop.is_cancelled() {
            takes = None;
        }
        if done.is_cancelled() && returned.is_empty() {
            return;
        }
        let takes_work = takes.is_some();
        let takeover = if takes_work { keeper.as_mut().and_then(Takeover::due) } else { None };
        let entries_max = batch::ENTRIES_MAX;
        // About once a second, as the look for interrupted calls.
        let takes_starts = takeover.is_some();
        let after = inner.cursor().await;
        let hinted = inner.db.wake().work.notified().now_or_never().is_some();
        let looks = hinted || was_hinted || look_at <= std::time::Instant::now();
        if returned.is_empty() && !looks && takeover.is_none() {
            // The other loop took what came.
            pause = look_at.saturating_duration_since(std::time::Instant::now());
            continue;
        }
        let round = Round { takes_work, looks, takeover, takes_starts, entries_max, after };
        let mut batch = guard(batch::process(&inner, &returned, round)).await;
        if batch.is_err() {
            // What was read in it may never have been.
            inner.flows.forget_all();
        }
        if let Err(Failed::ForGood) = batch {
            batch = guard(batch::run_by_run(&inner, &returned, round)).await;
            inner.flows.forget_all();
        }
        match batch {
            Ok(processed) => {
                returned.clear();
                overtaken = 0;
                for call in processed.calls {
                    inner.calls.spawn(dispatch::make(Arc::clone(&inner), call));
                }
                if let Some(idle) = processed.idle {
                    look_at = std::time::Instant::now() + idle.min(POLL);
                }
                pause = look_at.saturating_duration_since(std::time::Instant::now());
            }
            Err(failed) => {
                if let Some(keeper) = &mut keeper {
                    keeper.again(takeover);
                }
                overtaken += 1;
                let is_soon = matches!(failed, Failed::Overtaken) && overtaken <= OVERTAKEN_MAX;
                pause = if is_soon { Duration::ZERO } else { BACKOFF };
                look_at = std::time::Instant::now();
            }
        }
    }
}

/// Whether a batch that was undone may succeed later.
enum Failed {
    /// Somebody else moved on what it began with. With what is there now it succeeds.
    Overtaken,
    ForNow,
    ForGood,
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

/// Waits for returned calls, a hint that work was written, or the next look. Whether there was a hint.
async fn wait(
    inner: &Inner,
    number: usize,
    returned: &[Returned],
    pause: Duration,
    end: &CancellationToken,
) -> bool {
    let mut was_hinted = false;
    if returned.is_empty() && !pause.is_zero() {
        tokio::select! {
            () = end.cancelled() => {}
            () = inner.db.wake().work.notified() => was_hinted = true,
            () = tokio::time::sleep(pause) => {}
            () = inner.inbox.came(number) => {}
        }
    } else if !pause.is_zero() {
        // The last commit failed: keep what was received, and let the database rest.
        tokio::time::sleep(pause).await;
    }
    was_hinted
}

/// When to look for calls whose node is gone.
struct Takeover {
    others_are_dead: bool,
    next: std::time::Instant,
}

impl Takeover {
    const EVERY: Duration = Duration::from_secs(1);

    fn new(others_are_dead: bool) -> Self {
        Self { others_are_dead, next: std::time::Instant::now() }
    }

    /// `Some(others_are_dead)` when it is time to look.
    fn due(&mut self) -> Option<bool> {
        let now = std::time::Instant::now();
        (self.next <= now).then(|| {
            self.next = now + Self::EVERY;
            self.others_are_dead
        })
    }

    /// The look failed: do it again soon.
    fn again(&mut self, looked: Option<bool>) {
        if looked.is_some() {
            self.next = std::time::Instant::now();
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
}
