//! Calls that came back: closed in the journal, or given back to the queue.

use connector_kit::Usage;
use kernel::{TaskId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::snapshot;

/// A call that came back, to be closed in the journal.
#[derive(Debug)]
pub(crate) struct Closing<'a> {
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
    pub(crate) status: &'static str,
    pub(crate) output: Option<&'a Value>,
    pub(crate) error: Option<Value>,
    pub(crate) usage: &'a [Usage],
}

/// Deletes the queue rows of calls that came back, and closes their journal rows. Returns the ones
/// that were still ours; the others were cancelled or taken over, and their results do not count.
/// Deletes the queue rows `done` as well.
pub(crate) async fn close_calls(
    tx: &mut TenantTx,
    closings: &[Closing<'_>],
    done: &[Uuid],
) -> Result<Vec<TaskId>, StoreError> {
    let now = tx.now();
    let tasks: Vec<Uuid> = closings.iter().map(|closing| closing.task.uuid()).collect();
    let fences: Vec<i64> = closings.iter().map(|closing| closing.fence).collect();
    let statuses: Vec<String> = closings.iter().map(|closing| closing.status.to_owned()).collect();
    let outputs: Vec<Option<Vec<u8>>> = closings
        .iter()
        .map(|closing| closing.output.map(snapshot::encode).transpose())
        .collect::<Result<_, _>>()?;
    let errors: Vec<Option<Value>> = closings.iter().map(|closing| closing.error.clone()).collect();
    let usage: Vec<Option<Value>> = closings
        .iter()
        .map(|closing| (!closing.usage.is_empty()).then(|| json!(closing.usage)))
        .collect();
    let rows = sqlx::query_scalar!(
        r#"
        with claimed as (
            delete from engine.task where tenant_id = $8 and task_id = any($9)
        ), done as (
            -- By key alone, without a join: the queue is empty one moment and long the next, and whatever the planner
            -- takes it for, it must not compare each row with each.
            delete from engine.task t
            where t.tenant_id = $8 and t.task_id = any($1)
              and t.fence = ($2::bigint[])[array_position($1::uuid[], t.task_id)]
            returning t.task_id, t.run_id, t.number, t.attempt, array_position($1::uuid[], t.task_id) as place
        ), closed as (
            update engine.call j
            set status = ($3::text[])[done.place], output = ($4::bytea[])[done.place],
                error = ($5::jsonb[])[done.place], usage = ($6::jsonb[])[done.place], ended_at = $7
            from done
            where j.tenant_id = $8 and j.run_id = done.run_id and j.number = done.number
              and j.attempt = done.attempt
        )
        select task_id from done
        "#,
        &tasks,
        &fences,
        &statuses,
        &outputs as &[Option<Vec<u8>>],
        &errors as &[Option<Value>],
        &usage as &[Option<Value>],
        now,
        tx.tenant().uuid(),
        done,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(TaskId::from).collect())
}

/// Gives a call back to the queue without having made it.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    task: TaskId,
    fence: i64,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with parked as (
            update engine.task set owner = null, lease_until = null, run_at = $3
            where tenant_id = $4 and task_id = $1 and fence = $2
            returning run_id, number, attempt
        )
        update engine.call j set status = 'scheduled', sends = j.sends - 1
        from parked where j.run_id = parked.run_id and j.number = parked.number and j.attempt = parked.attempt
        "#,
        task.uuid(),
        fence,
        until,
        tx.tenant().uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
