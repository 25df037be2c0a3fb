//! Writing what runs of one tenant came to: one statement for all of them.

mod calls;
mod returned;
mod runs;

use connector_kit::Effect;
use kernel::TaskId;
use store::{StoreError, TenantTx};
use uuid::Uuid;

pub(crate) use returned::{Closing, close_calls, put_off};
pub(crate) use runs::{subscribe, write_definition};

use crate::{about, advance::Progress, schedules};

/// A call whose row is committed and that this node makes now.
#[derive(Debug, Clone)]
pub(crate) struct Leased {
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
}

pub(crate) fn effect_text(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Keyed => "keyed",
        Effect::Findable => "findable",
        Effect::AtMostOnce => "at_most_once",
    }
}

pub(crate) fn effect_of(text: &str) -> Option<Effect> {
    [Effect::Read, Effect::Keyed, Effect::Findable, Effect::AtMostOnce]
        .into_iter()
        .find(|effect| effect_text(*effect) == text)
}

/// Writes the progress of runs of the bound tenant. `leases` says, for each run and each of its new
/// calls, whether this node makes the call itself; a call without a lease waits in the queue.
///
/// # Errors
/// [`StoreError::Conflict`] when a run moved on meanwhile: its revision is not the expected one.
pub(crate) async fn write(
    tx: &mut TenantTx,
    node: Uuid,
    progress: &[Progress],
    leases: &[Vec<Option<Leased>>],
) -> Result<(), StoreError> {
    let now = tx.now();
    runs::write_definitions(tx, progress, now).await?;
    // Before what is asked for anew: a call that is made again has the number of the one that is given up.
    calls::cancel_calls(tx, progress, now).await?;
    runs::write_runs(tx, node, progress, leases, now).await?;
    calls::write_operations(tx, progress, now).await?;
    calls::write_awaited(tx, progress, now).await?;
    runs::write_timers(tx, progress).await?;
    about::write(tx, progress).await?;
    runs::finish(tx, progress).await?;
    schedules::ended(tx, progress).await
}
