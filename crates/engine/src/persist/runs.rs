//! The rows of runs: definition, snapshot, steps, large values, and what ends with them.

use std::collections::HashSet;

use flow::{Program, Status};
use kernel::{RunId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use super::{Leased, calls::CallColumns};
use crate::{advance::Progress, children, claim::LEASE, snapshot};

pub(super) async fn write_definitions(
    tx: &mut TenantTx,
    runs: &[Progress],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut written = HashSet::new();
    for progress in runs {
        let (program, Some(source)) = (&progress.program, &progress.source) else { continue };
        if written.insert(program.digest()) {
            write_definition(tx, program, source, now).await?;
        }
    }
    Ok(())
}

pub(crate) async fn write_definition(
    tx: &mut TenantTx,
    program: &Program,
    source: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
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
    Ok(())
}

#[derive(Default)]
struct RunColumns {
    ids: Vec<Uuid>,
    are_new: Vec<bool>,
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
    fn of(runs: &[Progress], now: Timestamp) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for progress in runs {
            columns.push(progress, now)?;
        }
        Ok(columns)
    }

    fn push(&mut self, progress: &Progress, now: Timestamp) -> Result<(), StoreError> {
        let stored = snapshot::dehydrate(&progress.state)?;
        self.ids.push(progress.run.uuid());
        self.are_new.push(progress.is_new);
        self.digests.push(progress.program.digest().to_owned());
        self.flows.push(progress.program.name().to_owned());
        self.versions.push(progress.program.version().to_owned());
        self.statuses.push(progress.status().as_str().to_owned());
        self.revisions.push(progress.revision);
        self.states.push(stored.state);
        self.errors.push(progress.state.error().map(|error| json!(error)));
        self.triggers.push(progress.trigger.map(kernel::EventId::uuid));
        self.started_by.push(progress.started_by.clone());
        self.ended.push((progress.ends_now && progress.has_ended()).then_some(now));
        self.entries.push(Value::Array(progress.entries.clone()));
        for (id, body) in stored.values {
            self.payload_runs.push(progress.run.uuid());
            self.payload_ids.push(id);
            self.payload_bodies.push(body);
        }
        Ok(())
    }
}

/// Writes runs and what their steps did: new ones, and known ones whose revision is the expected one. Writes the calls
/// that they ask for as well, into the journal before any is made.
///
/// One statement, since each costs a way to the server and back, and one that finds each row by its key without a join:
/// whatever the planner takes the tables for, it costs as much as there are runs.
#[expect(clippy::too_many_lines, reason = "it is one statement")]
pub(super) async fn write_runs(
    tx: &mut TenantTx,
    node: Uuid,
    runs: &[Progress],
    leases: &[Vec<Option<Leased>>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let columns = RunColumns::of(runs, now)?;
    let calls = CallColumns::of(tx, runs, leases)?;
    if calls.has_unleased() {
        tx.wakes_engine();
    }
    let written = sqlx::query!(
        r#"
        with run as (
            insert into engine.run as r (run_id, digest, flow, version, status, revision, state, error,
                                         trigger_event_id, started_by, started_at, updated_at, ended_at)
            select n.run_id, n.digest, n.flow, n.version, n.status, n.revision, n.state, n.error,
                   n.trigger_event_id, n.started_by, case when n.is_new then $16::timestamptz else '-infinity' end, $16, n.ended_at
            from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[],
                        $8::jsonb[], $9::uuid[], $10::text[], $11::timestamptz[], $17::bool[])
                 as n (run_id, digest, flow, version, status, revision, state, error, trigger_event_id,
                       started_by, ended_at, is_new)
            on conflict (tenant_id, run_id) do update
            set status = excluded.status, revision = excluded.revision, state = excluded.state,
                error = excluded.error, updated_at = excluded.updated_at,
                -- One that had ended, and is still over, ended then.
                ended_at = case when excluded.status in ('cancelled', 'faulted', 'completed')
                                then coalesce(excluded.ended_at, r.ended_at) end
            where r.revision = excluded.revision - 1
            returning r.started_at
        ), step as (
            insert into engine.step (run_id, revision, at, entries)
            select n.run_id, n.revision, $16, n.entries
            from unnest($1::uuid[], $6::bigint[], $12::jsonb[]) as n (run_id, revision, entries)
            where n.entries <> '[]'::jsonb
            -- Only a run that somebody else moved on has this step already. It is not among those written, and this
            -- is undone.
            on conflict do nothing
        ), payload as (
            insert into engine.payload (run_id, value_id, body)
            select * from unnest($13::uuid[], $14::bigint[], $15::bytea[])
            on conflict do nothing
        ), call as (
            insert into engine.call (run_id, number, attempt, task, function, effect, status, input, sends,
                                     created_at, started_at)
            select n.run_id, n.number, n.attempt, n.task, n.function, n.effect,
                   case when n.leased then 'started' else 'scheduled' end, n.input,
                   n.leased::int, $16, case when n.leased then $16 end
            from unnest($18::uuid[], $19::bigint[], $20::int[], $21::text[], $22::text[], $23::text[], $24::bytea[],
                        $26::bool[])
                 as n (run_id, number, attempt, task, function, effect, input, leased)
            -- As with the step.
            on conflict do nothing
            returning run_id
        ), queued as (
            insert into engine.task (task_id, run_id, kind, number, attempt, run_at, owner, lease_until)
            select n.task_id, n.run_id, 'call', n.number, n.attempt, $16,
                   case when n.leased then $27::uuid end, case when n.leased then $28::timestamptz end
            from unnest($18::uuid[], $19::bigint[], $20::int[], $25::uuid[], $26::bool[])
                 as n (run_id, number, attempt, task_id, leased)
        )
        -- A known one that is not there any more is none that has started.
        select (select count(*) filter (where isfinite(started_at)) from run) as "runs!",
               (select count(*) from call) as "calls!"
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
        now,
        &columns.are_new,
        &calls.runs,
        &calls.numbers,
        &calls.attempts,
        &calls.tasks,
        &calls.functions,
        &calls.effects,
        &calls.inputs,
        &calls.queue,
        &calls.leased,
        node,
        now + LEASE,
    )
    .fetch_one(tx.conn())
    .await?;
    if usize::try_from(written.runs) != Ok(runs.len()) {
        return Err(StoreError::Conflict(sqlx::Error::RowNotFound));
    }
    if usize::try_from(written.calls) != Ok(calls.runs.len()) {
        return Err(StoreError::Corrupt("a call has the number of another".to_owned()));
    }
    Ok(())
}

pub(super) async fn write_timers(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
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

/// Subscribes a run with this input to the events it may listen for.
pub(crate) async fn subscribe(
    tx: &mut TenantTx,
    run: RunId,
    program: &Program,
    input: &Value,
) -> Result<(), StoreError> {
    let interests = program.interests(input).into_iter().map(|it| (it.kind, it.key));
    let (kinds, keys): (Vec<String>, Vec<i64>) = interests.unzip();
    if kinds.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        insert into engine.subscription (run_id, type, key)
        select $1, * from unnest($2::text[], $3::bigint[]) on conflict do nothing
        "#,
        run.uuid(),
        &kinds,
        &keys,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Clears the queues of ended runs. One that faulted may be taken up again, so it keeps what it hears.
pub(super) async fn finish(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
    let ended: Vec<Uuid> = runs
        .iter()
        .filter(|progress| progress.has_ended())
        .map(|progress| progress.run.uuid())
        .collect();
    let over: Vec<Uuid> = runs
        .iter()
        .filter(|progress| progress.has_ended() && progress.status() != Status::Faulted)
        .map(|progress| progress.run.uuid())
        .collect();
    if !ended.is_empty() {
        let waiting = sqlx::query!(
            r#"
            with subscriptions as (
                delete from engine.subscription where run_id = any($3)
            ), timers as (
                delete from engine.timer where tenant_id = $2 and run_id = any($1)
            ), calls as (
                delete from engine.task where tenant_id = $2 and run_id = any($1) and kind = 'call'
            )
            delete from engine.child where run_id = any($1) returning run_id, parent_run_id, number
            "#,
            &ended,
            tx.tenant().uuid(),
            &over,
        )
        .fetch_all(tx.conn())
        .await?;
        let waiting: Vec<(Uuid, Uuid, i64)> =
            waiting.into_iter().map(|row| (row.run_id, row.parent_run_id, row.number)).collect();
        children::tell_parents(tx, runs, &waiting).await?;
    }
    Ok(())
}
