//! When a batch fails for a reason that does not pass: its work again, run by run. A run whose work fails
//! even then is set aside, so that it stops no other.
//!
//! Invariant: a run that is set aside keeps its snapshot and its queue entries, and a retry goes on with them.
//! They only come due much later, by [`AWAY`].

use std::{collections::BTreeMap, panic::AssertUnwindSafe, time::Duration};

use flow::{Program, State};
use futures::FutureExt as _;
use kernel::{RunId, TenantId};
use serde_json::json;
use sqlx::Executor as _;
use store::{StoreError, TenantTx};

use super::{Moved, Round, Taken, Work, finish, process_some, take};
use crate::{
    alerts,
    claim::{Claimed, Entry},
    dispatch::Returned,
    driver::{Inner, Processed},
    persist,
};

/// How far in the future the queue entries of a run are that is set aside.
const AWAY: Duration = Duration::from_secs(1_000 * 365 * 24 * 3_600);
/// When a run that could not be started is tried again.
const START_AGAIN: Duration = Duration::from_secs(3_600);

/// Applies everything that is due, each run behind a savepoint of its own, in one transaction.
pub(crate) async fn run_by_run(
    inner: &Inner,
    returned: &[Returned],
    round: Round,
) -> Result<Processed, StoreError> {
    let mut batch = inner.db.batch().await?;
    // Whatever a run that is set aside had to do stays in the queue.
    let Taken { claimed, idle, is_short } = take(inner, &mut batch, round, false).await?;
    let mut work: BTreeMap<(TenantId, RunId), Work<'_>> = BTreeMap::new();
    for entry in &claimed {
        work.entry((entry.tenant, entry.run)).or_default().claimed.push(entry);
    }
    for call in returned {
        work.entry((call.tenant, call.run)).or_default().returned.push(call);
    }
    let worked = !work.is_empty();
    let mut moved = Moved { is_short, ..Moved::default() };
    for ((tenant, run), work) in work {
        let tx = batch.bind(tenant).await?;
        tx.conn().execute("savepoint one_run").await?;
        let attempt = AssertUnwindSafe(process_some(inner, tx, &work, round)).catch_unwind().await;
        let reason = match attempt {
            Ok(Ok(more)) => {
                tx.conn().execute("release savepoint one_run").await?;
                moved.add(more);
                continue;
            }
            Ok(Err(error)) if error.is_transient() => return Err(error),
            Ok(Err(error)) => {
                tracing::error!(%run, %error, cause = ?error, "a run cannot go on and is set aside");
                error.to_string()
            }
            Err(_panic) => {
                tracing::error!(%run, "a step of a run panicked; the run is set aside");
                "the program failed at this step; its log says where".to_owned()
            }
        };
        tx.conn().execute("rollback to savepoint one_run; release savepoint one_run").await?;
        set_aside(inner, tx, run, &work.claimed, &reason).await?;
        metrics::counter!("handoff_runs_set_aside_total").increment(1);
    }
    finish(inner, batch, moved, idle, worked).await
}

/// The run fails, a person is told, and nothing of it comes due until somebody retries it.
async fn set_aside(
    inner: &Inner,
    tx: &mut TenantTx,
    run: RunId,
    claimed: &[&Claimed],
    reason: &str,
) -> Result<(), StoreError> {
    let now = tx.now();
    // Taking them from the queue deleted them.
    let fired: Vec<i64> = claimed
        .iter()
        .filter_map(|claimed| match claimed.entry {
            Entry::Timer { number } => i64::try_from(number).ok(),
            _ => None,
        })
        .collect();
    let error = json!({ "title": "the run cannot go on", "detail": reason, "status": 500 });
    let flow = sqlx::query_scalar!(
        r#"
        with failed as (
            update engine.run set status = 'faulted', error = $3, updated_at = $4, ended_at = $4,
                                  revision = revision + 1
            where run_id = $2
            returning flow
        ), queued as (
            update engine.task
            set owner = null, lease_until = null, fence = fence + 1,
                run_at = case kind when 'start' then $6 else run_at + ($5 - $4) end
            where tenant_id = $1 and run_id = $2 and kind <> 'control' and run_at < $5
        ), asked as (
            delete from engine.task where tenant_id = $1 and run_id = $2 and kind = 'control'
        ), waiting as (
            update engine.timer set fire_at = fire_at + ($5 - $4)
            where tenant_id = $1 and run_id = $2 and fire_at < $5
        ), fired as (
            insert into engine.timer (run_id, number, fire_at) select $2, number, $5 from unnest($7::bigint[]) as number
        ), deaf as (
            delete from engine.subscription where run_id = $2
        )
        select flow from failed
        "#,
        tx.tenant().uuid(),
        run.uuid(),
        error,
        now,
        now + AWAY,
        now + START_AGAIN,
        &fired,
    )
    .fetch_optional(tx.conn())
    .await?;
    let (kind, title) = match &flow {
        Some(flow) => {
            let facts = json!({ "run_id": run, "flow": flow, "error_status": 500 });
            tx.append(crate::EVENT_SOURCE, "flow.run.faulted", Some(run.to_string()), facts)
                .await?;
            let title = format!(
                "A run of {flow} cannot go on; look at the log, mend the cause, and retry it"
            );
            ("run.faulted", title)
        }
        None => ("run.not_started", "A run cannot be started; look at the log".to_owned()),
    };
    let alert = json!({
        "kind": kind,
        "severity": "critical",
        "cause": format!("{kind}:{run}"),
        "title": title,
        "detail": { "run_id": run, "flow": flow, "reason": reason },
    });
    alerts::raise(inner, tx, run, &alert).await
}

/// A run that was set aside takes up what was put away for it, and hears its events again: somebody retried it, or did
/// what it waits for.
pub(super) async fn take_up(
    tx: &mut TenantTx,
    run: RunId,
    program: &Program,
    state: &State,
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        with queued as (
            update engine.task set run_at = run_at - ($4::timestamptz - $3::timestamptz)
            where tenant_id = $1 and run_id = $2 and $5 < run_at
        ), waiting as (
            update engine.timer set fire_at = fire_at - ($4::timestamptz - $3::timestamptz)
            where tenant_id = $1 and run_id = $2 and $5 < fire_at
        )
        select
        "#,
        tx.tenant().uuid(),
        run.uuid(),
        now,
        now + AWAY,
        now + AWAY / 2,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_engine();
    persist::subscribe(tx, run, program, state.input()).await
}
