//! How long runs are kept after their end, and the removal of those that were kept for long enough.
//!
//! The history lies in one partition for each month of the runs' start (`engine.history_month`). A month of which
//! nothing is kept any more is dropped; before that, runs that are past their time are deleted one group at a time.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use kernel::{TenantId, Timestamp};
use store::{Db, StoreError, TenantTx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::driver::Inner;

/// How many days a tenant keeps its runs when it says nothing.
pub const RUN_DAYS: i32 = 365;
/// How often a node looks for what is past its time.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// How soon it looks again when others were in the way.
const PRUNE_AGAIN: Duration = Duration::from_secs(60);
/// How many runs one transaction deletes.
const RUNS_AT_ONCE: i64 = 200;

/// What [`prune`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Partitions that were dropped whole.
    pub months: u32,
    /// Runs that were deleted one by one.
    pub runs: usize,
}

/// How many days the bound tenant keeps runs after their end; `None` is for ever.
pub async fn run_days(tx: &mut TenantTx) -> Result<Option<i32>, StoreError> {
    let chosen = sqlx::query_scalar!(
        "select run_days from engine.retention where tenant_id = $1",
        tx.tenant().uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(chosen.unwrap_or(Some(RUN_DAYS)))
}

/// Sets how many days (1 to 36,500) the bound tenant keeps runs after their end; `None` is for ever.
pub async fn set_run_days(tx: &mut TenantTx, days: Option<i32>) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into engine.retention (run_days, changed_at) values ($1, $2)
        on conflict (tenant_id) do update set run_days = excluded.run_days, changed_at = excluded.changed_at
        "#,
        days,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes the months to come, and removes what is past its time, until told to stop.
pub(crate) async fn keep(inner: Arc<Inner>, stop: CancellationToken) {
    loop {
        let pruned = prune(&inner.db).await;
        let pause = if pruned.is_ok() { PRUNE_EVERY } else { PRUNE_AGAIN };
        match pruned {
            Ok(pruned) if pruned != Pruned::default() => {
                tracing::info!(runs = pruned.runs, months = pruned.months, "old runs were removed");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "old runs could not be removed; it is tried again in a minute");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Makes the months to come, and removes every run that was kept for long enough. Any node may do so at any time.
///
/// # Errors
/// A transient one when runs that go on were in the way of a month for a second; nothing of that month was changed.
pub async fn prune(db: &Db) -> Result<Pruned, StoreError> {
    let now = db.clock().now();
    let mut system = db.system().await?;
    sqlx::query!("select engine.prepare_months($1)", now).execute(system.conn()).await?;
    system.commit().await?;
    let kept = kept_since(db, now).await?;
    let mut pruned = Pruned { months: drop_months(db, &kept).await?, runs: 0 };
    for (tenant, since) in kept {
        let Some(since) = since else { continue };
        while let removed @ 1.. = remove_some(db, tenant, since).await? {
            pruned.runs += removed;
        }
    }
    Ok(pruned)
}

/// Since when runs must have ended to be kept, for each tenant; `None` keeps all.
async fn kept_since(
    db: &Db,
    now: Timestamp,
) -> Result<Vec<(TenantId, Option<Timestamp>)>, StoreError> {
    let mut system = db.system().await?;
    let rows = sqlx::query!(
        r#"
        select t.tenant_id as "tenant_id!", r.tenant_id is not null as "has_chosen!", r.run_days as "run_days?"
        from identity.tenant t left join engine.retention r using (tenant_id)
        "#
    )
    .fetch_all(system.conn())
    .await?;
    system.commit().await?;
    let since = |days: i32| now.checked_sub_signed(chrono::TimeDelta::days(days.into()));
    let rows = rows.into_iter().map(|row| {
        let days = if row.has_chosen { row.run_days } else { Some(RUN_DAYS) };
        (row.tenant_id.into(), days.and_then(since))
    });
    Ok(rows.collect())
}

/// Drops the months of which nothing is kept any more.
async fn drop_months(db: &Db, kept: &[(TenantId, Option<Timestamp>)]) -> Result<u32, StoreError> {
    let Some(newest) = kept.iter().filter_map(|(_, since)| *since).max() else { return Ok(0) };
    let mut system = db.system().await?;
    let months = sqlx::query!(
        "select month, first_id, end_id from engine.history_month where end_id <= $1 order by month",
        first_id(newest),
    )
    .fetch_all(system.conn())
    .await?;
    system.commit().await?;
    let mut dropped = 0;
    for row in months {
        let month = Month { month: row.month, first_id: row.first_id, end_id: row.end_id };
        dropped += u32::from(drop_month(db, &month, kept).await?);
    }
    Ok(dropped)
}

struct Month {
    month: NaiveDate,
    first_id: Uuid,
    end_id: Uuid,
}

/// Drops one month, with what its runs left in the queues (one that failed goes on listening); false if it holds a run
/// that is kept.
async fn drop_month(
    db: &Db,
    month: &Month,
    kept: &[(TenantId, Option<Timestamp>)],
) -> Result<bool, StoreError> {
    let known: Vec<_> =
        kept.iter().filter_map(|(tenant, since)| Some((tenant.uuid(), (*since)?))).collect();
    let (tenants, moments): (Vec<Uuid>, Vec<Timestamp>) = known.iter().copied().unzip();
    let mut batch = db.batch().await?;
    let keeps = sqlx::query_scalar!(
        r#"select engine.keeps($1, $2, $3, $4) as "keeps!""#,
        month.first_id,
        month.end_id,
        &tenants,
        &moments,
    )
    .fetch_one(batch.conn())
    .await?;
    if keeps {
        return Ok(false);
    }
    for tenant in &tenants {
        let tx = batch.bind((*tenant).into()).await?;
        sqlx::query!(
            r#"
            with subscriptions as (
                delete from engine.subscription where tenant_id = $1 and $2 <= run_id and run_id < $3
            ), timers as (
                delete from engine.timer where tenant_id = $1 and $2 <= run_id and run_id < $3
            ), tasks as (
                delete from engine.task where tenant_id = $1 and $2 <= run_id and run_id < $3
            ), children as (
                delete from engine.child where tenant_id = $1 and $2 <= run_id and run_id < $3
            ), about as (
                delete from engine.run_about where tenant_id = $1 and $2 <= run_id and run_id < $3
            )
            delete from engine.human_task where tenant_id = $1 and $2 <= run_id and run_id < $3
            "#,
            tenant,
            month.first_id,
            month.end_id,
        )
        .execute(tx.conn())
        .await?;
    }
    let dropped = sqlx::query_scalar!(
        r#"select engine.drop_month($1, $2, $3) as "dropped!""#,
        month.month,
        &tenants,
        &moments,
    )
    .fetch_one(batch.conn())
    .await?;
    if dropped {
        batch.commit().await?;
    }
    Ok(dropped)
}

/// Deletes some runs of a tenant that ended before the moment; how many.
async fn remove_some(db: &Db, tenant: TenantId, since: Timestamp) -> Result<usize, StoreError> {
    let mut batch = db.batch().await?;
    let tx = batch.bind(tenant).await?;
    // Who ended before it began before it: runs that began later are not looked at.
    let runs = sqlx::query_scalar!(
        r#"
        select run_id from engine.run where tenant_id = $1 and run_id < $2 and ended_at < $3
        order by run_id limit $4 for update skip locked
        "#,
        tenant.uuid(),
        first_id(since),
        since,
        RUNS_AT_ONCE,
    )
    .fetch_all(tx.conn())
    .await?;
    if runs.is_empty() {
        return Ok(0);
    }
    sqlx::query!(
        r#"
        with subscriptions as (
            delete from engine.subscription where tenant_id = $1 and run_id = any($2)
        ), timers as (
            delete from engine.timer where tenant_id = $1 and run_id = any($2)
        ), tasks as (
            delete from engine.task where tenant_id = $1 and run_id = any($2)
        ), children as (
            delete from engine.child where tenant_id = $1 and run_id = any($2)
        ), about as (
            delete from engine.run_about where tenant_id = $1 and run_id = any($2)
        ), human_tasks as (
            delete from engine.human_task where tenant_id = $1 and run_id = any($2)
        ), calls as (
            delete from engine.call where tenant_id = $1 and run_id = any($2)
        ), steps as (
            delete from engine.step where tenant_id = $1 and run_id = any($2)
        ), payloads as (
            delete from engine.payload where tenant_id = $1 and run_id = any($2)
        )
        delete from engine.run where tenant_id = $1 and run_id = any($2)
        "#,
        tenant.uuid(),
        &runs,
    )
    .execute(tx.conn())
    .await?;
    batch.commit().await?;
    Ok(runs.len())
}

/// The smallest id of a moment, as `engine.first_id` computes it (RFC 9562, 5.7).
fn first_id(at: Timestamp) -> Uuid {
    let milliseconds = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_moment_begin_with_it() {
        let at = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(first_id(at).to_string(), "019ca6b1-dc00-0000-0000-000000000000");
    }
}
