//! Flows that start by the clock.
//!
//! Each tenant has a row for each such flow, with the moment of its next start. Whoever claims the row asks for the
//! run and sets the next moment in one transaction, so one node starts it, once.

use std::{sync::Arc, time::Duration};

use kernel::{TenantId, Timestamp};
use serde_json::json;
use store::{BatchTx, StoreError, TenantTx};
use tokio_util::sync::CancellationToken;

use crate::{advance::Progress, driver::Inner, runs};

/// How many starts one commit asks for at the most, tenants and flows counted.
const SCHEDULES_MAX: i64 = 32;
/// How often a node looks for tenants that lack a row.
const ENSURE_EVERY: Duration = Duration::from_secs(10);
/// Who asked for a run that the clock started.
const REQUESTED_BY: &str = "schedule";

/// Asks for the runs that are due. Gives how many rows were due.
pub(crate) async fn fire(
    inner: &Inner,
    batch: &mut BatchTx,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let due = sqlx::query!(
        r#"
        select tenant_id, flow, time_zone, next_at as "next_at!" from engine.schedule
        where next_at <= $1 order by next_at limit $2 for update skip locked
        "#,
        now,
        SCHEDULES_MAX,
    )
    .fetch_all(batch.conn())
    .await?;
    for row in &due {
        let tx = batch.bind(row.tenant_id.into()).await?;
        let schedule = inner.flows.shipped(&row.flow).and_then(|(program, _)| program.schedule());
        // Another release's flow; its own nodes start it.
        let Some(schedule) = schedule else { continue };
        let plan = schedule.due(row.next_at, now, &row.time_zone);
        for start in &plan.starts {
            runs::start(tx, &row.flow, &json!({ "scheduled_at": start }), REQUESTED_BY).await?;
        }
        set_next(tx, &row.flow, plan.next).await?;
    }
    Ok(due.len())
}

async fn set_next(
    tx: &mut TenantTx,
    flow: &str,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update engine.schedule set next_at = $3 where tenant_id = $1 and flow = $2",
        tx.tenant().uuid(),
        flow,
        next,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Sets the next start of flows that start again after their end.
pub(crate) async fn ended(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
    let now = tx.now();
    for progress in runs.iter().filter(|progress| progress.has_ended()) {
        let next = progress.program.schedule().and_then(|schedule| schedule.after_end(now));
        if next.is_some() {
            set_next(tx, progress.program.name(), next).await?;
        }
    }
    Ok(())
}

/// Sees to it that each tenant has a row for each flow that starts by the clock, until told to stop.
pub(crate) async fn keep(inner: Arc<Inner>, stop: CancellationToken) {
    loop {
        if let Err(error) = ensure(&inner).await
            && !error.is_transient()
        {
            tracing::error!(%error, "schedules could not be set up");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ENSURE_EVERY) => {}
        }
    }
}

/// Makes the rows that are missing, renews those of other definitions, and removes what no flow has any more.
pub(crate) async fn ensure(inner: &Inner) -> Result<(), StoreError> {
    let scheduled: Vec<_> =
        inner.flows.all().filter(|program| program.schedule().is_some()).collect();
    let names: Vec<String> = scheduled.iter().map(|program| program.name().to_owned()).collect();
    let mut batch = inner.db.batch().await?;
    sqlx::query!("delete from engine.schedule where flow <> all($1)", &names)
        .execute(batch.conn())
        .await?;
    for program in scheduled {
        let Some(schedule) = program.schedule() else { continue };
        let lacking = sqlx::query!(
            r#"
            select t.tenant_id, t.time_zone from identity.tenant t
            left join engine.schedule s on s.tenant_id = t.tenant_id and s.flow = $1
            where s.digest is distinct from $2 or s.time_zone is distinct from t.time_zone
            "#,
            program.name(),
            program.digest(),
        )
        .fetch_all(batch.conn())
        .await?;
        for tenant in lacking {
            let tx = batch.bind(TenantId::from(tenant.tenant_id)).await?;
            let first = schedule.first(tx.now(), &tenant.time_zone);
            sqlx::query!(
                r#"
                insert into engine.schedule (flow, digest, time_zone, next_at) values ($1, $2, $3, $4)
                on conflict (tenant_id, flow) do update
                    set digest = excluded.digest, time_zone = excluded.time_zone, next_at = excluded.next_at
                "#,
                program.name(),
                program.digest(),
                tenant.time_zone,
                first,
            )
            .execute(tx.conn())
            .await?;
        }
    }
    batch.commit().await
}
