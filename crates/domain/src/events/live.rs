//! Who wants to hear at once that the event log has grown.
//!
//! One task asks for all streams of a node which tenants have new positions: woken by this node, and by the clock for
//! what other nodes placed. While nobody listens it asks nothing.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kernel::TenantId;
use store::{Db, StoreError, events};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// How long events of other nodes stay unnoticed at the most.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many looks a slow listener may miss before it has to look itself.
const KEPT: usize = 64;
/// How many streams a node serves at once.
const STREAMS_MAX: usize = 1_000;

/// The tenants that have new events; none when it may be any.
type Grown = Option<Arc<HashSet<TenantId>>>;

/// Tells listeners of a node which tenants have new events.
#[derive(Debug)]
pub struct Live {
    grown: broadcast::Sender<Grown>,
    wanted: Notify,
    closed: CancellationToken,
}

impl Default for Live {
    fn default() -> Self {
        let (grown, _) = broadcast::channel(KEPT);
        Self { grown, wanted: Notify::new(), closed: CancellationToken::new() }
    }
}

/// One listener.
#[derive(Debug)]
pub(crate) struct Listener {
    grown: broadcast::Receiver<Grown>,
    closed: CancellationToken,
}

impl Live {
    /// A listener; none when the node has enough of them, or stops.
    pub(crate) fn listen(&self) -> Option<Listener> {
        if self.closed.is_cancelled() || STREAMS_MAX <= self.grown.receiver_count() {
            return None;
        }
        let listener = Listener { grown: self.grown.subscribe(), closed: self.closed.clone() };
        self.wanted.notify_one();
        Some(listener)
    }

    /// Looks for new positions until told to stop; then every stream ends.
    pub async fn watch(&self, db: &Db, stop: CancellationToken) {
        let _ends_streams = self.closed.clone().drop_guard();
        let mut seen = None;
        loop {
            let is_idle = self.grown.receiver_count() == 0;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wanted.notified(), if is_idle => seen = None,
                () = db.wake().positions.notified(), if !is_idle => {}
                () = tokio::time::sleep(LOOK_EVERY), if !is_idle => {}
            }
            match self.look(db, seen).await {
                Ok(last) => seen = Some(last),
                // Streams say by themselves what is wrong with the database.
                Err(error) => tracing::debug!(%error, "the event log cannot be watched"),
            }
        }
    }

    /// Tells the listeners of the tenants with positions after this one; the last position.
    async fn look(&self, db: &Db, seen: Option<i64>) -> Result<i64, StoreError> {
        let (last, tenants) = events::grown_since(db, seen).await?;
        // Whoever came first may have read before this first look.
        let grown = seen.map(|_| Arc::new(tenants));
        if grown.as_ref().is_none_or(|tenants| !tenants.is_empty()) {
            // Without listeners there is nobody to tell.
            drop(self.grown.send(grown));
        }
        Ok(last)
    }
}

impl Listener {
    /// Waits until the tenant may have new events; false when the node stops.
    pub(crate) async fn grown(&mut self, tenant: TenantId) -> bool {
        loop {
            tokio::select! {
                () = self.closed.cancelled() => return false,
                told = self.grown.recv() => match told {
                    Ok(Some(tenants)) if !tenants.contains(&tenant) => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return true,
                    Err(broadcast::error::RecvError::Closed) => return false,
                },
            }
        }
    }
}
