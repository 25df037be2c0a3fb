//! Which calls this node makes: new ones, and those that it takes from the queue.

use std::collections::HashMap;

use kernel::{RunId, TaskId};
use store::{StoreError, TenantTx};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

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

/// A call from the queue that this node is about to make.
pub(super) struct Reserved {
    task: TaskId,
    run: RunId,
    number: u64,
    attempt: u32,
    fence: i64,
    taken_over: bool,
    permit: OwnedSemaphorePermit,
}

/// Its row in the journal.
struct Started {
    task_id: Uuid,
    function: String,
    effect: String,
    input: Vec<u8>,
    sends: i32,
}

/// Keeps room for calls from the queue, as many as this node can make: ones that nobody makes yet, or whose node is gone.
pub(super) fn reserve(inner: &Inner, claimed: &[&Claimed]) -> Vec<Reserved> {
    let reserved = claimed.iter().filter_map(|claimed| match claimed.entry {
        Entry::Call { task, number, attempt, fence, taken_over } => {
            let (run, permit) = (claimed.run, inner.permit()?);
            Some(Reserved { task, run, number, attempt, fence, taken_over, permit })
        }
        _ => None,
    });
    reserved.collect()
}

/// Takes calls from the queue.
pub(super) async fn recall(
    inner: &Inner,
    tx: &mut TenantTx,
    reserved: Vec<Reserved>,
) -> Result<Vec<Prepared>, StoreError> {
    let mut calls = Vec::new();
    if reserved.is_empty() {
        return Ok(calls);
    }
    let mut taken: HashMap<TaskId, Reserved> =
        reserved.into_iter().map(|call| (call.task, call)).collect();
    let runs: Vec<RunId> = taken.values().map(|call| call.run).collect();
    let traceparents = traces::of_runs(tx, &runs).await?;
    for row in start(inner, tx, &taken).await? {
        let task = TaskId::from(row.task_id);
        let Some(call) = taken.remove(&task) else { continue };
        let Some(effect) = persist::effect_of(&row.effect) else { continue };
        let input = serde_json::from_slice(&row.input)
            .map_err(|error| StoreError::Corrupt(format!("a call's input is not JSON: {error}")))?;
        calls.push(Prepared {
            tenant: tx.tenant(),
            run: call.run,
            number: call.number,
            attempt: call.attempt,
            task,
            fence: call.fence + 1,
            function: row.function,
            effect,
            input,
            // A call that was taken over and then put off is claimed as any other.
            taken_over: call.taken_over || 1 < row.sends,
            traceparent: traceparents.get(&call.run).cloned(),
            permit: call.permit,
        });
    }
    Ok(calls)
}

/// Leases the calls to this node, and notes in the journal that they are about to be sent.
async fn start(
    inner: &Inner,
    tx: &mut TenantTx,
    taken: &HashMap<TaskId, Reserved>,
) -> Result<Vec<Started>, StoreError> {
    let tasks: Vec<Uuid> = taken.keys().map(|task| task.uuid()).collect();
    let runs: Vec<Uuid> = taken.values().map(|call| call.run.uuid()).collect();
    let numbers: Vec<i64> =
        taken.values().map(|call| i64::try_from(call.number).unwrap_or(i64::MAX)).collect();
    let attempts: Vec<i32> =
        taken.values().map(|call| i32::try_from(call.attempt).unwrap_or(i32::MAX)).collect();
    let now = tx.now();
    let rows = sqlx::query_as!(
        Started,
        r#"
        with wanted as (
            select * from unnest($1::uuid[], $6::uuid[], $7::bigint[], $8::int[]) as w (task_id, run_id, number, attempt)
        ), leased as (
            update engine.task t set owner = $3, lease_until = $4, fence = fence + 1
            from wanted where t.tenant_id = $2 and t.task_id = wanted.task_id
            returning t.task_id
        )
        update engine.call j set status = 'started', sends = sends + 1, started_at = $5
        from wanted join leased on leased.task_id = wanted.task_id
        where j.tenant_id = $2 and j.run_id = wanted.run_id and j.number = wanted.number
          and j.attempt = wanted.attempt and j.status in ('scheduled', 'started')
        returning wanted.task_id as "task_id!", j.function, j.effect, j.input, j.sends
        "#,
        &tasks,
        tx.tenant().uuid(),
        inner.node,
        now + claim::LEASE,
        now,
        &runs,
        &numbers,
        &attempts,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
