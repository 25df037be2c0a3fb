//! The journal of calls and their queue entries, written before a call is made.

use kernel::Timestamp;
use serde_json::json;
use store::{StoreError, TenantTx};
use uuid::Uuid;

use super::{Leased, effect_text};
use crate::{advance::Progress, snapshot};

/// New calls and their queue entries, column by column.
#[derive(Default)]
pub(super) struct CallColumns {
    pub(super) runs: Vec<Uuid>,
    pub(super) numbers: Vec<i64>,
    pub(super) attempts: Vec<i32>,
    pub(super) tasks: Vec<String>,
    pub(super) functions: Vec<String>,
    pub(super) effects: Vec<String>,
    pub(super) inputs: Vec<Vec<u8>>,
    pub(super) queue: Vec<Uuid>,
    pub(super) leased: Vec<bool>,
}

impl CallColumns {
    pub(super) fn of(
        tx: &TenantTx,
        runs: &[Progress],
        leases: &[Vec<Option<Leased>>],
    ) -> Result<Self, StoreError> {
        let mut columns = Self::default();
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
        Ok(columns)
    }

    /// Whether some of them are to be made by whoever takes them from the queue.
    pub(super) fn has_unleased(&self) -> bool {
        self.leased.iter().any(|leased| !leased)
    }
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
        where j.tenant_id = $4 and j.run_id = c.run_id and j.number = c.number
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
