//! Which calls this node makes: new ones, and those that it takes from the queue.

use kernel::TaskId;
use store::{StoreError, TenantTx};

use super::Round;
use crate::{
    advance::Progress,
    claim::{self, Claimed, Entry},
    dispatch::Prepared,
    driver::Inner,
    persist::{self, Leased},
    traces,
};

/// Decides which of the new calls this node makes itself: none once it stops, since nobody would be left to
/// store what comes back.
pub(super) fn lease(
    inner: &Inner,
    tx: &TenantTx,
    progress: &[Progress],
    round: Round,
) -> (Vec<Vec<Option<Leased>>>, Vec<Prepared>) {
    let mut prepared = Vec::new();
    let leases = progress
        .iter()
        .map(|one| {
            one.calls
                .iter()
                .map(|call| {
                    let permit = if round.takes_work { inner.permit()? } else { return None };
                    let lease = Leased { task: tx.new_id(), fence: 0 };
                    prepared.push(Prepared {
                        tenant: tx.tenant(),
                        run: one.run,
                        number: call.number,
                        attempt: call.attempt,
                        task: lease.task,
                        fence: lease.fence,
                        function: call.function.clone(),
                        effect: call.effect,
                        input: call.input.clone(),
                        taken_over: false,
                        traceparent: one.traceparent.clone(),
                        permit,
                    });
                    Some(lease)
                })
                .collect()
        })
        .collect();
    (leases, prepared)
}

/// Takes a call from the queue: one that nobody makes yet, or one whose node is gone.
pub(super) async fn recall(
    inner: &Inner,
    tx: &mut TenantTx,
    task: TaskId,
    claimed: &Claimed,
) -> Result<Option<Prepared>, StoreError> {
    let Entry::Call { number, attempt, fence, taken_over, .. } = claimed.entry else {
        return Ok(None);
    };
    let Some(permit) = inner.permit() else { return Ok(None) };
    let now = tx.now();
    let row = sqlx::query!(
        r#"
        with leased as (
            update engine.task set owner = $3, lease_until = $4, fence = fence + 1
            where tenant_id = $1 and task_id = $2
        )
        update engine.call set status = 'started', sends = sends + 1, started_at = $5
        where run_id = $6 and number = $7 and attempt = $8
        returning function, effect, input, sends
        "#,
        tx.tenant().uuid(),
        task.uuid(),
        inner.node,
        now + claim::LEASE,
        now,
        claimed.run.uuid(),
        i64::try_from(number).unwrap_or(i64::MAX),
        i32::try_from(attempt).unwrap_or(i32::MAX),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(effect) = persist::effect_of(&row.effect) else { return Ok(None) };
    let input = serde_json::from_slice(&row.input)
        .map_err(|error| StoreError::Corrupt(format!("a call's input is not JSON: {error}")))?;
    let traceparent = traces::of_runs(tx, &[claimed.run]).await?.remove(&claimed.run);
    Ok(Some(Prepared {
        tenant: tx.tenant(),
        run: claimed.run,
        number,
        attempt,
        task,
        fence: fence + 1,
        function: row.function,
        effect,
        input,
        // A call that was taken over and then put off is claimed as any other.
        taken_over: taken_over || 1 < row.sends,
        traceparent,
        permit,
    }))
}
