//! What one node does beside running flows: positions for events, the audit chain, leases.

use std::{sync::Arc, time::Duration};

use store::{StoreError, audit, events};
use tokio_util::sync::CancellationToken;

use crate::{claim, driver::Inner};

/// How long committed events wait for their position at the most, when nobody hints.
const SEQUENCE_EVERY: Duration = Duration::from_millis(500);
/// Positions are given in groups this far apart, so that a busy log does not cost a commit each.
const SEQUENCE_PAUSE: Duration = Duration::from_millis(20);
/// How often a node renews its leases; a third of their length.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// Gives positions to events, and chains audit entries, until told to stop.
pub(crate) async fn sequence(inner: Arc<Inner>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = inner.db.wake().events.notified() => {}
            () = tokio::time::sleep(SEQUENCE_EVERY) => {}
        }
        if let Err(error) = place(&inner).await {
            if !error.is_transient() {
                tracing::error!(%error, "events could not be given positions");
            }
            tokio::time::sleep(SEQUENCE_EVERY).await;
        }
        inner.sequenced.notify_waiters();
        tokio::time::sleep(SEQUENCE_PAUSE).await;
    }
}

async fn place(inner: &Inner) -> Result<(), StoreError> {
    // What comes meanwhile is the next group's.
    while events::sequence(&inner.db).await? {}
    while 0 < audit::seal(&inner.db).await? {}
    Ok(())
}

/// Says that the calls this node makes are still being made, until told to stop.
pub(crate) async fn renew(inner: Arc<Inner>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RENEW_EVERY) => {}
        }
        let renewed = async {
            let mut batch = inner.db.batch().await?;
            claim::renew_leases(&mut batch, inner.db.clock().now(), inner.node).await?;
            batch.commit().await
        };
        if let Err(error) = renewed.await {
            tracing::warn!(%error, "leases could not be renewed");
        }
    }
}
