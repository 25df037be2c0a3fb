//! The loop that sends: claims what is due, sends it, and records how it went.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_kit::http::Http;
use kernel::{Id, kinds};
use store::{Db, StoreError, measurements::Series, seal::Keyring};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    claim::{self, Claimed, Round},
    settle, transmit,
};

/// How many messages one node sends at the same time.
const ROOM: usize = 64;
/// How long the queue is left alone when nobody hints.
const POLL: Duration = Duration::from_millis(500);
/// How long to wait while another node claims.
const ANOTHER_CLAIMS: Duration = Duration::from_millis(20);
/// How long to let the database rest after a failure.
const BACKOFF: Duration = Duration::from_secs(1);
/// How often recording an attempt is tried before its lease is left to run out.
const RECORD_TRIES: u32 = 5;
/// How long stopping waits for attempts under way: longer than one can take.
const DRAIN: Duration = Duration::from_secs(20);

/// What a sender may assume.
#[derive(Debug, Clone, Copy, Default)]
pub struct SenderOptions {
    /// Nobody else can be working on this database, so what is claimed at the start is abandoned.
    pub is_only_node: bool,
}

/// Sends the messages of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    http: Http,
    keyring: Arc<Keyring>,
    options: SenderOptions,
    node: Uuid,
    room: Arc<Semaphore>,
    freed: Notify,
    after: Mutex<(Uuid, Uuid)>,
}

impl Sender {
    pub fn new(db: Db, http: Http, keyring: Arc<Keyring>, options: SenderOptions) -> Self {
        let node = Id::<kinds::Task>::generate(db.clock(), db.random()).uuid();
        let inner = Inner {
            db,
            http,
            keyring,
            options,
            node,
            room: Arc::new(Semaphore::new(ROOM)),
            freed: Notify::new(),
            after: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Sends until told to stop; then ends the attempts under way, as far as time allows.
    pub async fn run(&self, stop: CancellationToken) {
        let inner = &self.inner;
        let attempts = TaskTracker::new();
        let mut others_are_dead = inner.options.is_only_node;
        while !stop.is_cancelled() {
            let pause = match inner.claim(others_are_dead).await {
                Ok(Some(claimed)) => {
                    others_are_dead = false;
                    let pause = if claimed.is_empty() { POLL } else { Duration::ZERO };
                    for (message, permit) in claimed {
                        attempts.spawn(send(Arc::clone(inner), message, permit));
                    }
                    pause
                }
                Ok(None) => ANOTHER_CLAIMS,
                Err(error) => {
                    if error.is_transient() {
                        tracing::warn!(%error, "webhooks could not be claimed; it is tried again");
                    } else {
                        tracing::error!(%error, cause = ?error, "webhooks could not be claimed");
                    }
                    BACKOFF
                }
            };
            inner.wait(pause, &stop).await;
        }
        attempts.close();
        drop(tokio::time::timeout(DRAIN, attempts.wait()).await);
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("node", &self.inner.node).finish_non_exhaustive()
    }
}

impl Inner {
    /// Waits for a hint, for an attempt to end, or for the next look; and for room in any case.
    async fn wait(&self, pause: Duration, stop: &CancellationToken) {
        let room = async {
            if self.room.available_permits() == 0 {
                self.freed.notified().await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = room => {}
        }
        if pause.is_zero() {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.db.wake().webhooks.notified() => {}
            () = self.freed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    async fn claim(
        &self,
        others_are_dead: bool,
    ) -> Result<Option<Vec<(Claimed, OwnedSemaphorePermit)>>, StoreError> {
        let round = Round {
            node: self.node,
            now: self.db.clock().now(),
            room: i64::try_from(self.room.available_permits()).unwrap_or(0),
            others_are_dead,
            after: *self.after.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let mut batch = self.db.batch().await?;
        let Some(loaded) = claim::claim(&mut batch, &self.keyring, round).await? else {
            return Ok(None);
        };
        batch.commit().await?;
        if !loaded.claimed.is_empty() {
            kernel::crashpoint!("webhooks.claimed");
        }
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = loaded.last;
        for held in &loaded.held {
            let mut batch = self.db.batch().await?;
            claim::give_back(batch.bind(held.tenant).await?, self.node, held).await?;
            batch.commit().await?;
        }
        let permitted = loaded.claimed.into_iter().filter_map(|message| {
            let permit = Arc::clone(&self.room).try_acquire_owned().ok()?;
            Some((message, permit))
        });
        Ok(Some(permitted.collect()))
    }

    async fn record(
        &self,
        message: &Claimed,
        attempted: &transmit::Attempted,
    ) -> Result<bool, StoreError> {
        let mut batch = self.db.batch().await?;
        let tx = batch.bind(message.tenant).await?;
        let recorded = settle::settle(tx, self.node, message, attempted).await?;
        if recorded {
            kernel::crashpoint!("webhooks.before_commit");
            batch.commit().await?;
        }
        Ok(recorded)
    }
}

async fn send(inner: Arc<Inner>, message: Claimed, permit: OwnedSemaphorePermit) {
    let attempted = transmit::attempt(&inner.http, inner.db.clock(), &message).await;
    kernel::crashpoint!("webhooks.after_answer");
    metrics::counter!("handoff_webhook_attempts_total", "outcome" => attempted.outcome())
        .increment(1);
    inner.db.measure(
        message.tenant,
        Series::WebhookDelivery,
        message.format.as_str(),
        attempted.duration,
        !attempted.is_delivered(),
    );
    for again in (0..RECORD_TRIES).rev() {
        match inner.record(&message, &attempted).await {
            Ok(recorded) => {
                if recorded && attempted.is_delivered() {
                    let age = inner.db.clock().now() - message.created_at;
                    metrics::histogram!("handoff_webhook_delivery_seconds")
                        .record(age.to_std().unwrap_or_default().as_secs_f64());
                }
                break;
            }
            Err(error) if error.is_transient() && 0 < again => tokio::time::sleep(BACKOFF).await,
            // The lease runs out, and the message is sent again under the same id.
            Err(error) => {
                tracing::error!(%error, cause = ?error, message = %message.message, "an attempt could not be recorded");
                break;
            }
        }
    }
    drop(permit);
    inner.freed.notify_one();
}
