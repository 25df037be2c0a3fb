//! Versions of flows, as a tenant keeps and chooses them, and runs that move from one to another.
//!
//! A version is immutable: its digest is that of its text. A run stays on the version it began with unless somebody
//! moves it.

use std::sync::Arc;

use flow::{Program, Unmovable};
use kernel::{RunId, Timestamp};
use serde_json::json;
use store::{StoreError, TenantTx};

use crate::{Flow, Flows, gather, persist, snapshot};

/// A version of a flow that a tenant has, or is given by this program.
#[derive(Debug, Clone)]
pub struct VersionRow {
    pub version: String,
    pub digest: String,
    /// Whether new runs are started from it.
    pub is_in_use: bool,
    /// Whether this program brought it.
    pub is_shipped: bool,
    /// When it was first seen here; none for one that was never used.
    pub created_at: Option<Timestamp>,
    /// How many runs are on it that have not ended.
    pub open_runs: i64,
}

/// The versions of a flow, newest first; empty if there is no such flow.
pub async fn list(
    tx: &mut TenantTx,
    flows: &Flows,
    flow: &str,
) -> Result<Vec<VersionRow>, StoreError> {
    let in_use = flows.read(tx).await?.get(flow).map(|flow| flow.program.digest().to_owned());
    let shipped = flows.shipped().get(flow);
    let rows = sqlx::query!(
        r#"
        select d.version, d.digest, d.created_at,
               coalesce(open.runs, 0) as "open_runs!"
        from engine.definition d
        left join (select digest, count(*) as runs from engine.run
                   where tenant_id = $2 and flow = $1 and ended_at is null group by digest) open
        using (digest)
        where d.tenant_id = $2 and d.name = $1
        order by d.created_at desc, d.digest
        "#,
        flow,
        tx.tenant().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut versions: Vec<VersionRow> = rows
        .into_iter()
        .map(|row| VersionRow {
            is_in_use: in_use.as_ref() == Some(&row.digest),
            is_shipped: shipped.is_some_and(|shipped| shipped.program.digest() == row.digest),
            version: row.version,
            digest: row.digest,
            created_at: Some(row.created_at),
            open_runs: row.open_runs,
        })
        .collect();
    if let Some(Flow { program, .. }) = shipped
        && versions.iter().all(|version| !version.is_shipped)
    {
        let shipped = VersionRow {
            version: program.version().to_owned(),
            digest: program.digest().to_owned(),
            is_in_use: in_use.as_deref() == Some(program.digest()),
            is_shipped: true,
            created_at: None,
            open_runs: 0,
        };
        versions.insert(0, shipped);
    }
    Ok(versions)
}

/// One of the versions that [`list`] shows.
pub async fn get(tx: &mut TenantTx, flows: &Flows, digest: &str) -> Result<Flow, StoreError> {
    if let Some(shipped) = flows.shipped().by_digest(digest) {
        return Ok(shipped.clone());
    }
    let program = flows.by_digest(tx, digest).await?;
    Ok(Flow { program, source: source(tx, flows, digest).await? })
}

/// The text of one of the versions that [`list`] shows, also of one that this release cannot run.
pub async fn source(
    tx: &mut TenantTx,
    flows: &Flows,
    digest: &str,
) -> Result<Arc<str>, StoreError> {
    if let Some(shipped) = flows.shipped().by_digest(digest) {
        return Ok(Arc::clone(&shipped.source));
    }
    let source = sqlx::query_scalar!(
        "select source from engine.definition where tenant_id = $1 and digest = $2",
        tx.tenant().uuid(),
        digest,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(source.into())
}

/// Keeps others from saving versions of the flow until the transaction ends.
pub async fn lock(tx: &mut TenantTx, flow: &str) -> Result<(), StoreError> {
    let lock = format!("{} {flow}", tx.tenant());
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", lock)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps a version. Keeping it again changes nothing.
pub async fn save(tx: &mut TenantTx, program: &Program, source: &str) -> Result<(), StoreError> {
    let now = tx.now();
    persist::write_definition(tx, program, source, now).await
}

/// Has new runs of a flow started from a version; from the one this program brings, whichever that will be, if it is
/// that one; from none without a version.
pub async fn choose(
    tx: &mut TenantTx,
    flows: &Flows,
    flow: &str,
    digest: Option<&str>,
    by: &str,
) -> Result<(), StoreError> {
    let kind = if digest.is_some() { "flow.version.activated" } else { "flow.switched_off" };
    let facts = json!({ "flow": flow, "digest": digest, "by": by });
    // Told before the choice is written, because what follows from an event is decided by the choices.
    tx.append(crate::EVENT_SOURCE, kind, Some(flow.to_owned()), facts).await?;
    gather::forget(tx, flow).await?;
    let shipped = flows.shipped().get(flow).map(|flow| flow.program.digest());
    let (tenant, now) = (tx.tenant(), tx.now());
    if digest.is_some() && digest == shipped {
        sqlx::query!(
            "delete from engine.flow_choice where tenant_id = $1 and flow = $2",
            tenant.uuid(),
            flow,
        )
        .execute(tx.conn())
        .await?;
    } else {
        sqlx::query!(
            r#"
            insert into engine.flow_choice (tenant_id, flow, digest, changed_at, changed_by)
            values ($1, $2, $3, $4, $5)
            on conflict (tenant_id, flow) do update
                set digest = excluded.digest, changed_at = excluded.changed_at, changed_by = excluded.changed_by
            "#,
            tenant.uuid(),
            flow,
            digest,
            now,
            by,
        )
        .execute(tx.conn())
        .await?;
    }
    flows.forget(tenant);
    Ok(())
}

/// Why a run was not moved.
#[derive(Debug)]
pub enum MoveError {
    Unmovable(Vec<Unmovable>),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for MoveError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Moves a run to another version of its flow, as if it had been on it from the start. One that is on it stays so.
///
/// # Errors
/// [`MoveError::Unmovable`] with every reason, when what the run is in the middle of is not the same there.
pub async fn move_run(
    tx: &mut TenantTx,
    flows: &Flows,
    run: RunId,
    to: &Flow,
    by: &str,
) -> Result<(), MoveError> {
    let now = tx.now();
    let stored = snapshot::load(tx, &[run]).await?.remove(&run);
    let stored = stored.ok_or_else(|| StoreError::Corrupt(format!("there is no run {run}")))?;
    if stored.digest == to.program.digest() {
        return Ok(());
    }
    let from = flows.by_digest(tx, &stored.digest).await?;
    let is_aside = stored.is_aside();
    let state = stored.state?.relocate(&from, &to.program).map_err(MoveError::Unmovable)?;
    let moved = snapshot::dehydrate(&state)?;
    save(tx, &to.program, &to.source).await?;
    let entry =
        json!([{ "moved": { "from": from.version(), "to": to.program.version(), "by": by } }]);
    sqlx::query!(
        r#"
        with moved as (
            update engine.run
            set digest = $2, version = $3, state = $4, revision = revision + 1, updated_at = $5
            where run_id = $1 returning revision
        ), deaf as (
            delete from engine.subscription where run_id = $1
        )
        insert into engine.step (run_id, revision, at, entries) select $1, revision, $5, $6 from moved
        "#,
        run.uuid(),
        to.program.digest(),
        to.program.version(),
        moved.state,
        now,
        entry,
    )
    .execute(tx.conn())
    .await?;
    // One that was set aside hears nothing until it is taken up.
    if !is_aside {
        persist::subscribe(tx, run, &to.program, state.input()).await?;
    }
    Ok(())
}
