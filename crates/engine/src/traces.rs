//! The traces that runs belong to: those of the events that started them.

use std::collections::HashMap;

use flow::Input;
use kernel::{
    RunId,
    trace::{self, Kind, Span},
};
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::{
    advance::{self, Progress},
    driver::Inner,
};

/// Where the traces of these runs go on. Asks nothing while tracing is off.
pub(crate) async fn of_runs(
    tx: &mut TenantTx,
    runs: &[RunId],
) -> Result<HashMap<RunId, String>, StoreError> {
    if !trace::is_on() || runs.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = runs.iter().map(|run| run.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select r.run_id, e.traceparent as "traceparent!"
        from engine.run r
        join platform.event e on e.tenant_id = r.tenant_id and e.event_id = r.trigger_event_id
        where r.run_id = any($1) and e.traceparent is not null
        "#,
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.run_id.into(), row.traceparent)).collect())
}

/// Advances a run within the span of this step. Calls that it makes are the span's children.
pub(crate) async fn advance(
    tx: &mut TenantTx,
    inner: &Inner,
    progress: &mut Progress,
    inputs: Vec<Input>,
    traceparent: Option<&str>,
) -> Result<(), StoreError> {
    let span = Span::begin("flow step", Kind::Internal, traceparent);
    span.set("handoff.tenant", || tx.tenant().to_string().into());
    span.set("handoff.run", || progress.run.to_string().into());
    span.set("handoff.flow", || progress.program.name().to_owned().into());
    span.set("handoff.revision", || progress.revision.into());
    let work = advance::advance(tx, &inner.flows, &inner.outside, progress, inputs);
    span.within(Box::pin(work)).await?;
    progress.traceparent = span.traceparent();
    span.set("handoff.status", || progress.status().as_str().into());
    if progress.status() == flow::Status::Faulted {
        span.failed();
    }
    Ok(())
}
