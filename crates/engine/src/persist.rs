//! Writing what runs of one tenant came to: one statement for all of them.

use connector_kit::{CallError, Effect, Usage};
use flow::Status;
use kernel::{TaskId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::{advance::Progress, claim::LEASE, snapshot};

/// A call whose row is committed and that this node makes now.
#[derive(Debug, Clone)]
pub(crate) struct Leased {
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
}

pub(crate) fn status_text(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running => "running",
        Status::Waiting => "waiting",
        Status::Suspended => "suspended",
        Status::Cancelled => "cancelled",
        Status::Faulted => "faulted",
        Status::Completed => "completed",
    }
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
    runs: &[Progress],
    leases: &[Vec<Option<Leased>>],
) -> Result<(), StoreError> {
    let now = tx.now();
    write_definitions(tx, runs, now).await?;
    write_runs(tx, runs, now).await?;
    write_calls(tx, node, runs, leases, now).await?;
    write_operations(tx, runs, now).await?;
    write_timers(tx, runs).await?;
    cancel_calls(tx, runs, now).await?;
    finish(tx, runs).await
}

async fn write_definitions(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    for progress in runs {
        let (program, Some(source)) = (&progress.program, &progress.source) else { continue };
        sqlx::query!(
            r#"
            insert into engine.definition (digest, namespace, name, version, source, created_at)
            values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, digest) do nothing
            "#,
            program.digest(),
            program.namespace(),
            program.name(),
            program.version(),
            source,
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

#[derive(Default)]
struct RunColumns {
    ids: Vec<Uuid>,
    digests: Vec<String>,
    flows: Vec<String>,
    versions: Vec<String>,
    statuses: Vec<String>,
    revisions: Vec<i64>,
    states: Vec<Vec<u8>>,
    errors: Vec<Option<Value>>,
    triggers: Vec<Option<Uuid>>,
    started_by: Vec<String>,
    ended: Vec<Option<Timestamp>>,
    entries: Vec<Value>,
    payload_runs: Vec<Uuid>,
    payload_ids: Vec<i64>,
    payload_bodies: Vec<Vec<u8>>,
}

impl RunColumns {
    fn push(&mut self, progress: &Progress, now: Timestamp) -> Result<(), StoreError> {
        let stored = snapshot::dehydrate(&progress.state)?;
        self.ids.push(progress.run.uuid());
        self.digests.push(progress.program.digest().to_owned());
        self.flows.push(progress.program.name().to_owned());
        self.versions.push(progress.program.version().to_owned());
        self.statuses.push(status_text(progress.status()).to_owned());
        self.revisions.push(progress.revision);
        self.states.push(stored.state);
        self.errors.push(progress.state.error().map(|error| json!(error)));
        self.triggers.push(progress.trigger.map(kernel::EventId::uuid));
        self.started_by.push(progress.started_by.clone());
        self.ended.push(progress.has_ended().then_some(now));
        self.entries.push(Value::Array(progress.entries.clone()));
        for (id, body) in stored.values {
            self.payload_runs.push(progress.run.uuid());
            self.payload_ids.push(id);
            self.payload_bodies.push(body);
        }
        Ok(())
    }
}

async fn write_runs(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut columns = RunColumns::default();
    for progress in runs {
        columns.push(progress, now)?;
    }
    let written = sqlx::query_scalar!(
        r#"
        with run as (
            insert into engine.run as r (run_id, digest, flow, version, status, revision, state, error,
                                         trigger_event_id, started_by, started_at, updated_at, ended_at)
            select n.run_id, n.digest, n.flow, n.version, n.status, n.revision, n.state, n.error,
                   n.trigger_event_id, n.started_by, $17, $17, n.ended_at
            from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[],
                        $8::jsonb[], $9::uuid[], $10::text[], $11::timestamptz[])
                 as n (run_id, digest, flow, version, status, revision, state, error, trigger_event_id,
                       started_by, ended_at)
            on conflict (tenant_id, run_id) do update
                set status = excluded.status, revision = excluded.revision, state = excluded.state,
                    error = excluded.error, updated_at = excluded.updated_at, ended_at = excluded.ended_at
                where r.revision = excluded.revision - 1
            returning r.run_id
        ), step as (
            insert into engine.step (run_id, revision, at, entries)
            select n.run_id, n.revision, $17, n.entries
            from unnest($1::uuid[], $6::bigint[], $12::jsonb[]) as n (run_id, revision, entries)
            where n.entries <> '[]'::jsonb
        ), payload as (
            insert into engine.payload (run_id, value_id, body)
            select * from unnest($13::uuid[], $14::bigint[], $15::bytea[])
            on conflict do nothing
        )
        select count(*) as "written!" from run where run_id = any($16)
        "#,
        &columns.ids,
        &columns.digests,
        &columns.flows,
        &columns.versions,
        &columns.statuses,
        &columns.revisions,
        &columns.states,
        &columns.errors as &[Option<Value>],
        &columns.triggers as &[Option<Uuid>],
        &columns.started_by,
        &columns.ended as &[Option<Timestamp>],
        &columns.entries,
        &columns.payload_runs,
        &columns.payload_ids,
        &columns.payload_bodies,
        &columns.ids,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    if usize::try_from(written) != Ok(runs.len()) {
        return Err(StoreError::Conflict(sqlx::Error::RowNotFound));
    }
    Ok(())
}

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

async fn write_calls(
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

async fn write_operations(
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

async fn write_timers(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
    let (mut ids, mut numbers, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_ids, mut gone_numbers) = (Vec::new(), Vec::new());
    for progress in runs {
        for (number, at) in &progress.timers {
            ids.push(progress.run.uuid());
            numbers.push(i64::try_from(*number).unwrap_or(i64::MAX));
            times.push(*at);
        }
        for number in &progress.cancelled_timers {
            gone_ids.push(progress.run.uuid());
            gone_numbers.push(i64::try_from(*number).unwrap_or(i64::MAX));
        }
    }
    if !ids.is_empty() {
        sqlx::query!(
            r#"
            insert into engine.timer (run_id, number, fire_at)
            select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) on conflict do nothing
            "#,
            &ids,
            &numbers,
            &times,
        )
        .execute(tx.conn())
        .await?;
        tx.wakes_engine();
    }
    if !gone_ids.is_empty() {
        sqlx::query!(
            r#"
            delete from engine.timer t using unnest($1::uuid[], $2::bigint[]) as gone (run_id, number)
            where t.tenant_id = $3 and t.run_id = gone.run_id and t.number = gone.number
            "#,
            &gone_ids,
            &gone_numbers,
            tx.tenant().uuid(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn cancel_calls(
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
        where j.run_id = c.run_id and j.number = c.number and j.status in ('scheduled', 'started')
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

/// Subscribes new runs to the events they may listen for, and clears the queues of ended ones.
async fn finish(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
    let (mut ids, mut kinds) = (Vec::new(), Vec::new());
    for progress in runs.iter().filter(|progress| progress.is_new && !progress.has_ended()) {
        for kind in progress.program.listens() {
            ids.push(progress.run.uuid());
            kinds.push(kind.clone());
        }
    }
    if !ids.is_empty() {
        sqlx::query!(
            r#"
            insert into engine.subscription (run_id, type)
            select * from unnest($1::uuid[], $2::text[]) on conflict do nothing
            "#,
            &ids,
            &kinds,
        )
        .execute(tx.conn())
        .await?;
    }
    let ended: Vec<Uuid> = runs
        .iter()
        .filter(|progress| progress.has_ended())
        .map(|progress| progress.run.uuid())
        .collect();
    if !ended.is_empty() {
        sqlx::query!(
            r#"
            with subscriptions as (
                delete from engine.subscription where run_id = any($1)
            ), timers as (
                delete from engine.timer where tenant_id = $2 and run_id = any($1)
            )
            delete from engine.task where tenant_id = $2 and run_id = any($1) and kind = 'call'
            "#,
            &ended,
            tx.tenant().uuid(),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A call that came back, to be closed in the journal.
#[derive(Debug)]
pub(crate) struct Closing<'a> {
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
    pub(crate) status: &'static str,
    pub(crate) output: Option<&'a Value>,
    pub(crate) error: Option<&'a CallError>,
    pub(crate) usage: &'a [Usage],
}

/// Deletes the queue rows of calls that came back, and closes their journal rows. Returns the ones
/// that were still ours; the others were cancelled or taken over, and their results do not count.
pub(crate) async fn close_calls(
    tx: &mut TenantTx,
    closings: &[Closing<'_>],
) -> Result<Vec<TaskId>, StoreError> {
    let now = tx.now();
    let tasks: Vec<Uuid> = closings.iter().map(|closing| closing.task.uuid()).collect();
    let fences: Vec<i64> = closings.iter().map(|closing| closing.fence).collect();
    let statuses: Vec<String> = closings.iter().map(|closing| closing.status.to_owned()).collect();
    let outputs: Vec<Option<Vec<u8>>> = closings
        .iter()
        .map(|closing| closing.output.map(snapshot::encode).transpose())
        .collect::<Result<_, _>>()?;
    let errors: Vec<Option<Value>> = closings
        .iter()
        .map(|closing| closing.error.map(|error| json!({ "detail": error.to_string() })))
        .collect();
    let usage: Vec<Option<Value>> = closings
        .iter()
        .map(|closing| (!closing.usage.is_empty()).then(|| json!(closing.usage)))
        .collect();
    let rows = sqlx::query_scalar!(
        r#"
        with closing as (
            select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::jsonb[], $6::jsonb[])
                as c (task_id, fence, status, output, error, usage)
        ), done as (
            delete from engine.task t using closing c
            where t.tenant_id = $8 and t.task_id = c.task_id and t.fence = c.fence
            returning t.task_id, t.run_id, t.number, t.attempt, c.status, c.output, c.error, c.usage
        ), closed as (
            update engine.call j
            set status = done.status, output = done.output, error = done.error, usage = done.usage, ended_at = $7
            from done
            where j.run_id = done.run_id and j.number = done.number and j.attempt = done.attempt
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
