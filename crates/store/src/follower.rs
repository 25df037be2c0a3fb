//! What must follow from an event, written in the transaction that appends it.

use futures::future::BoxFuture;
use kernel::Event;

use crate::{StoreError, TenantTx};

/// Writes the work rows that an event causes: starts of flows, deliveries to subscribers.
///
/// Because they are part of the same transaction, nothing depends on a reader having seen the event.
pub trait Follower: Send + Sync {
    fn follow<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        events: &'a [Event],
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}
