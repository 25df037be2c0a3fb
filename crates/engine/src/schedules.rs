//! Flows that start by the clock.
//!
//! Each tenant has a row for each such flow, with the moment of its next start. Whoever claims the row asks for the
//! run and sets the next moment in one transaction, so one node starts it, once.

use std::{sync::Arc, time::Duration};

use flow::Program;
use kernel::Timestamp;
use serde_json::json;
use store::{BatchTx, StoreError, TenantTx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{advance::Progress, driver::Inner, runs};

/// How many starts one commit asks for at the most, tenants and flows counted.
const SCHEDULES_MAX: i64 = 32;
/// How often a node looks for tenants that lack a row.
const ENSURE_EVERY: Duration = Duration::from_secs(10);
/// Who asked for a run that the clock started.
const REQUESTED_BY: &str = "schedule";

/// Asks for the runs that are due. Gives how many rows were served.
pub(crate) async fn fire(
    inner: &Inner,
    batch: &mut BatchTx,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut after = (Timestamp::UNIX_EPOCH, Uuid::nil(), String::new());
    loop {
        let due = due_after(batch, now, &after).await?;
        let served = serve(inner, batch, now, &due).await?;
        // Rows that this node cannot serve stay the oldest; they must not hide the others.
        match due.last() {
            Some(last) if served == 0 => after = (last.next_at, last.tenant_id, last.flow.clone()),
            _ => return Ok(served),
        }
    }
}

/// A row whose moment has come.
struct Due {
    tenant_id: Uuid,
    flow: String,
    digest: String,
    time_zone: String,
    next_at: Timestamp,
}

async fn due_after(
    batch: &mut BatchTx,
    now: Timestamp,
    (after, tenant, flow): &(Timestamp, Uuid, String),
) -> Result<Vec<Due>, StoreError> {
    let due = sqlx::query_as!(
        Due,
        r#"
        select tenant_id, flow, digest, time_zone, next_at as "next_at!" from engine.schedule
        where next_at <= $1 and ($3::timestamptz, $4::uuid, $5::text) < (next_at, tenant_id, flow)
        order by next_at, tenant_id, flow limit $2 for update skip locked
        "#,
        now,
        SCHEDULES_MAX,
        after,
        tenant,
        flow,
    )
    .fetch_all(batch.conn())
    .await?;
    Ok(due)
}

async fn serve(
    inner: &Inner,
    batch: &mut BatchTx,
    now: Timestamp,
    due: &[Due],
) -> Result<usize, StoreError> {
    let mut served = 0;
    for row in due {
        let tx = batch.bind(row.tenant_id.into()).await?;
        let flows = inner.flows.of(tx).await?;
        // Another release's flow, whose own nodes start it, or one whose row is about to be renewed.
        let program = flows.get(&row.flow).map(|flow| &flow.program);
        let Some(program) = program.filter(|program| program.digest() == row.digest) else {
            continue;
        };
        let Some(schedule) = program.schedule() else { continue };
        let plan = schedule.due(row.next_at, now, &row.time_zone);
        for start in &plan.starts {
            runs::start(tx, &row.flow, &json!({ "scheduled_at": start }), REQUESTED_BY).await?;
        }
        set_next(tx, program, plan.next).await?;
        served += 1;
    }
    Ok(served)
}

async fn set_next(
    tx: &mut TenantTx,
    program: &Program,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update engine.schedule set next_at = $4 where tenant_id = $1 and flow = $2 and digest = $3",
        tx.tenant().uuid(),
        program.name(),
        program.digest(),
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
            set_next(tx, &progress.program, next).await?;
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
    let shipped = inner.flows.shipped();
    let scheduled: Vec<_> = shipped.all().filter(|program| program.schedule().is_some()).collect();
    let names: Vec<String> = scheduled.iter().map(|program| program.name().to_owned()).collect();
    let mut batch = inner.db.batch().await?;
    sqlx::query!(
        r#"
        delete from engine.schedule s
        where flow <> all($1) and not exists (
            select from engine.flow_choice c where c.tenant_id = s.tenant_id and c.flow = s.flow and c.digest is not null)
           or exists (
            select from engine.flow_choice c where c.tenant_id = s.tenant_id and c.flow = s.flow and c.digest is null)
        "#,
        &names
    )
    .execute(batch.conn())
    .await?;
    for program in scheduled {
        let lacking = sqlx::query!(
            r#"
            select t.tenant_id, t.time_zone from identity.tenant t
            left join engine.schedule s on s.tenant_id = t.tenant_id and s.flow = $1
            where (s.digest is distinct from $2 or s.time_zone is distinct from t.time_zone)
              and not exists (select from engine.flow_choice c where c.tenant_id = t.tenant_id and c.flow = $1)
            "#,
            program.name(),
            program.digest(),
        )
        .fetch_all(batch.conn())
        .await?;
        for tenant in lacking {
            set_up(batch.bind(tenant.tenant_id.into()).await?, program, &tenant.time_zone).await?;
        }
    }
    let lacking = sqlx::query!(
        r#"
        select c.tenant_id, c.digest as "digest!", t.time_zone
        from engine.flow_choice c
        join identity.tenant t on t.tenant_id = c.tenant_id
        left join engine.schedule s on s.tenant_id = c.tenant_id and s.flow = c.flow
        where c.digest is not null
          and (s.digest is distinct from c.digest or s.time_zone is distinct from t.time_zone)
        "#,
    )
    .fetch_all(batch.conn())
    .await?;
    for choice in lacking {
        let tx = batch.bind(choice.tenant_id.into()).await?;
        match inner.flows.by_digest(tx, &choice.digest).await {
            Ok(program) => set_up(tx, &program, &choice.time_zone).await?,
            // Another release's; it says so where the tenant's flows are read.
            Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
    }
    batch.commit().await
}

/// When the flow starts first; a flow that never starts by the clock has a row without a moment.
async fn set_up(tx: &mut TenantTx, program: &Program, time_zone: &str) -> Result<(), StoreError> {
    let first = program.schedule().and_then(|schedule| schedule.first(tx.now(), time_zone));
    sqlx::query!(
        r#"
        insert into engine.schedule (flow, digest, time_zone, next_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, flow) do update
            set digest = excluded.digest, time_zone = excluded.time_zone, next_at = excluded.next_at
        "#,
        program.name(),
        program.digest(),
        time_zone,
        first,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
