//! Calls that others answer: runs that runs start and wait for, and people.

use flow::{FlowError, Input, RunWorkflow, Standard};
use kernel::{RunId, TaskId};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::{
    advance::{DoneOperation, Progress},
    flows::Flows,
    human_tasks, runs, snapshot,
};

/// How deep runs may start runs: more is a flow that starts itself.
const DEPTH_MAX: i64 = 20;

/// A call that somebody else completes.
#[derive(Debug)]
pub(crate) struct AwaitedCall {
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) task: String,
    pub(crate) function: String,
    pub(crate) input: Value,
}

/// Makes a call that a run or a person answers. Gives its result, unless that is waited for.
pub(crate) async fn call(
    tx: &mut TenantTx,
    flows: &Flows,
    progress: &mut Progress,
    call: AwaitedCall,
) -> Result<Option<Input>, StoreError> {
    if flow::asks_people(&call.function) {
        return human_tasks::open(tx, progress, call).await;
    }
    start(tx, flows, progress, call).await
}

/// Starts the run that a call asks for.
async fn start(
    tx: &mut TenantTx,
    flows: &Flows,
    progress: &mut Progress,
    call: AwaitedCall,
) -> Result<Option<Input>, StoreError> {
    let refused = |error: FlowError| Ok(Some(Input::CallFailed { call: call.number, error }));
    let flows = flows.of(tx).await?;
    let wanted = match RunWorkflow::read(&call.input, flows.all()) {
        Ok((wanted, _)) => wanted,
        Err(error) => return refused(error),
    };
    if DEPTH_MAX <= depth(tx, progress.run).await? {
        let detail = format!("runs start runs {DEPTH_MAX} deep; does the flow start itself?");
        return refused(Standard::Runtime.error(detail));
    }
    let run = runs::start(tx, &wanted.name, &wanted.input, &progress.run.to_string()).await?;
    if !wanted.awaits {
        let AwaitedCall { number, attempt, task, function: name, input } = call;
        let output = json!({ "run_id": run });
        let result = Ok(output.clone());
        progress.operations.push(DoneOperation { number, attempt, task, name, input, result });
        return Ok(Some(Input::CallSucceeded { call: number, output }));
    }
    sqlx::query!(
        "insert into engine.child (run_id, parent_run_id, number) values ($1, $2, $3)",
        run.uuid(),
        progress.run.uuid(),
        i64::try_from(call.number).unwrap_or(i64::MAX),
    )
    .execute(tx.conn())
    .await?;
    progress.awaited.push(call);
    Ok(None)
}

/// How many runs wait above this one.
async fn depth(tx: &mut TenantTx, run: RunId) -> Result<i64, StoreError> {
    let depth = sqlx::query_scalar!(
        r#"
        with recursive above (run_id, depth) as (
            select parent_run_id, 1 from engine.child where run_id = $1
            union all
            select c.parent_run_id, above.depth + 1 from above join engine.child c on c.run_id = above.run_id
            where above.depth < $2
        )
        select max(depth)::bigint as depth from above
        "#,
        run.uuid(),
        i32::try_from(DEPTH_MAX).unwrap_or(i32::MAX),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(depth.unwrap_or(0))
}

/// Tells the runs that wait for these what they came to. `waiting` are run, parent and number of the call.
pub(crate) async fn tell_parents(
    tx: &mut TenantTx,
    ended: &[Progress],
    waiting: &[(Uuid, Uuid, i64)],
) -> Result<(), StoreError> {
    for (run, parent, number) in waiting {
        let Some(child) = ended.iter().find(|progress| progress.run.uuid() == *run) else {
            continue;
        };
        let Some(result) = child.state.result() else { continue };
        settle(tx, RunId::from(*parent), *number, &result).await?;
    }
    Ok(())
}

/// Completes a call that waits for somebody, if it still does.
pub(crate) async fn settle(
    tx: &mut TenantTx,
    run: RunId,
    number: i64,
    result: &Result<Value, FlowError>,
) -> Result<(), StoreError> {
    let (task, now): (TaskId, _) = (tx.new_id(), tx.now());
    let (status, output, error) = match result {
        Ok(output) => ("succeeded", Some(snapshot::encode(output)?), None),
        Err(error) => ("failed", None, Some(json!(error))),
    };
    sqlx::query!(
        r#"
        with closed as (
            update engine.call set status = $3, output = $4, error = $5, ended_at = $6
            where run_id = $1 and number = $2 and status = 'started' and effect = 'awaited'
            returning attempt
        )
        insert into engine.task (task_id, run_id, kind, number, attempt, run_at)
        select $7, $1, 'settled', $2, attempt, $6 from closed
        "#,
        run.uuid(),
        number,
        status,
        output,
        error,
        now,
        task.uuid(),
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_engine();
    Ok(())
}

/// What a settled call came to, as its run is told.
pub(crate) async fn settled(
    tx: &mut TenantTx,
    run: RunId,
    number: u64,
    attempt: u32,
) -> Result<Option<Input>, StoreError> {
    let row = sqlx::query!(
        r#"
        select status, output, error from engine.call
        where run_id = $1 and number = $2 and attempt = $3 and status in ('succeeded', 'failed')
        "#,
        run.uuid(),
        i64::try_from(number).unwrap_or(i64::MAX),
        i32::try_from(attempt).unwrap_or(i32::MAX),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let unreadable = |error: serde_json::Error| {
        StoreError::Corrupt(format!("the result of a call that was waited for: {error}"))
    };
    if row.status == "succeeded" {
        let output = serde_json::from_slice(&row.output.unwrap_or_default()).map_err(unreadable)?;
        return Ok(Some(Input::CallSucceeded { call: number, output }));
    }
    let error = serde_json::from_value(row.error.unwrap_or_default()).map_err(unreadable)?;
    Ok(Some(Input::CallFailed { call: number, error }))
}

/// Nobody waits for a call any more: asks the run to stop that was to answer it, or closes the task of people.
pub(crate) async fn abandon(tx: &mut TenantTx, run: RunId, call: u64) -> Result<(), StoreError> {
    let number = i64::try_from(call).unwrap_or(i64::MAX);
    let child = sqlx::query_scalar!(
        "delete from engine.child where parent_run_id = $1 and number = $2 returning run_id",
        run.uuid(),
        number,
    )
    .fetch_optional(tx.conn())
    .await?;
    human_tasks::abandon(tx, run, number).await?;
    if let Some(child) = child {
        let reason = "the run that waited for it does not wait any more";
        runs::cancel(tx, child.into(), reason).await?;
    }
    Ok(())
}

/// Tells whoever waits for a run that it does not begin.
pub(crate) async fn refuse(
    tx: &mut TenantTx,
    run: RunId,
    error: &FlowError,
) -> Result<(), StoreError> {
    let waiting = sqlx::query!(
        "delete from engine.child where run_id = $1 returning parent_run_id, number",
        run.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    match waiting {
        Some(row) => settle(tx, row.parent_run_id.into(), row.number, &Err(error.clone())).await,
        None => Ok(()),
    }
}
