//! The journal of calls and their queue entries, written before a call is made.

use kernel::Timestamp;
use serde_json::json;
use store::{StoreError, TenantTx};
use uuid::Uuid;

use super::{Leased, effect_text};
use crate::{advance::Progress, claim::LEASE, snapshot};

#[derive(Default)]
struct CallColumns {
    runs: Vec<Uuid>,
    numbers: Vec<i64>,
    attempts: Vec<i32>,
    tasks: Vec<String>,
    functions: Vec<String>,
    effects: Vec<String>,
    inputs: Vec<Vec<u8>>,
    queue: Vec<Uuid>,
    leased: Vec<bool>,
}

pub(super) async fn write_calls(
    tx: &mut TenantTx,
    node: Uuid,
    runs: &[Progress],
    leases: &[Vec<Option<Leased>>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut columns = CallColumns::default();
    for (progress, leases) in runs.iter().zip(leases) {
        for (call, lease) in progress.calls.iter().zip(leases) {
            let task = lease.as_ref().map_or_else(|| tx.new_id(), |lease| lease.task);
            columns.runs.push(progress.run.uuid());
            columns.numbers.push(i64::try_from(call.number).unwrap_or(i64::MAX));
            columns.attempts.push(i32::try_from(call.attempt).unwrap_or(i32::MAX));
            columns.tasks.push(call.task.clone());
            columns.functions.push(call.function.clone());
            columns.effects.push(effect_text(call.effect).to_owned());
            columns.inputs.push(snapshot::encode(&call.input)?);
            columns.queue.push(task.uuid());
            columns.leased.push(lease.is_some());
        }
    }
    if columns.runs.is_empty() {
        return Ok(());
    }
    if columns.leased.iter().any(|leased| !leased) {
        tx.wakes_engine();
    }
    let lease_until = now + LEASE;
    sqlx::query!(
        r#"
        with call as (
            insert into engine.call (run_id, number, attempt, task, function, effect, status, input, sends,
                                     created_at, started_at)
            select n.run_id, n.number, n.attempt, n.task, n.function, n.effect,
                   case when n.leased then 'started' else 'scheduled' end, n.input,
                   n.leased::int, $10::timestamptz, case when n.leased then $10::timestamptz end
            from unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::bytea[], $9::bool[])
                 as n (run_id, number, attempt, task, function, effect, input, leased)
        )
        insert into engine.task (task_id, run_id, kind, number, attempt, run_at, owner, lease_until)
        select n.task_id, n.run_id, 'call', n.number, n.attempt, $10::timestamptz,
               case when n.leased then $11::uuid end, case when n.leased then $12::timestamptz end
        from unnest($1::uuid[], $2::bigint[], $3::int[], $8::uuid[], $9::bool[])
             as n (run_id, number, attempt, task_id, leased)
        "#,
        &columns.runs,
        &columns.numbers,
        &columns.attempts,
        &columns.tasks,
        &columns.functions,
        &columns.effects,
        &columns.inputs,
        &columns.queue,
        &columns.leased,
        now,
        node,
        lease_until,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn write_operations(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    for progress in runs {
        for done in &progress.operations {
            let (status, output, error) = match &done.result {
                Ok(output) => ("succeeded", Some(snapshot::encode(output)?), None),
                Err(error) => ("failed", None, Some(json!(error))),
            };
            sqlx::query!(
                r#"
                insert into engine.call (run_id, number, attempt, task, function, effect, status, input, output,
                                         error, sends, created_at, started_at, ended_at)
                values ($1, $2, $3, $4, $5, 'operation', $6, $7, $8, $9, 1, $10, $10, $10)
                "#,
                progress.run.uuid(),
                i64::try_from(done.number).unwrap_or(i64::MAX),
                i32::try_from(done.attempt).unwrap_or(i32::MAX),
                done.task,
                done.name,
                status,
                snapshot::encode(&done.input)?,
                output,
                error,
                now,
            )
            .execute(tx.conn())
            .await?;
        }
    }
    Ok(())
}

/// Journal rows of calls that somebody else completes.
pub(super) async fn write_awaited(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    for progress in runs {
        for call in &progress.awaited {
            sqlx::query!(
                r#"
                insert into engine.call (run_id, number, attempt, task, function, effect, status, input, sends,
                                         created_at, started_at)
                values ($1, $2, $3, $4, $5, 'awaited', 'started', $6, 1, $7, $7)
                "#,
                progress.run.uuid(),
                i64::try_from(call.number).unwrap_or(i64::MAX),
                i32::try_from(call.attempt).unwrap_or(i32::MAX),
                call.task,
                call.function,
                snapshot::encode(&call.input)?,
                now,
            )
            .execute(tx.conn())
            .await?;
        }
    }
    Ok(())
}

pub(super) async fn cancel_calls(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for progress in runs {
        for number in &progress.cancelled_calls {
            ids.push(progress.run.uuid());
            numbers.push(i64::try_from(*number).unwrap_or(i64::MAX));
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        with gone as (
            delete from engine.task t using unnest($1::uuid[], $2::bigint[]) as c (run_id, number)
            where t.tenant_id = $4 and t.kind = 'call' and t.run_id = c.run_id and t.number = c.number
        )
        update engine.call j set status = 'cancelled', ended_at = $3
        from unnest($1::uuid[], $2::bigint[]) as c (run_id, number)
        where j.tenant_id = $4 and j.run_id = c.run_id and j.run_id = any($1) and j.number = c.number
          and j.status in ('scheduled', 'started')
        "#,
        &ids,
        &numbers,
        now,
        tx.tenant().uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
