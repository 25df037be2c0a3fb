//! What came of runs, counted by flow and by time.

use kernel::Timestamp;
use store::{StoreError, TenantTx};

/// What came of the runs of a flow: of all of them, or of those that began in one part of the time.
#[derive(Debug, Clone)]
pub struct Tally {
    pub flow: String,
    /// Which part, from 0; none for all.
    pub part: Option<i32>,
    pub runs: i64,
    pub completed: i64,
    pub faulted: i64,
    pub cancelled: i64,
    pub waiting: i64,
    pub suspended: i64,
    pub running: i64,
    /// Seconds from start to end of those that completed.
    pub p50: Option<f64>,
    pub p95: Option<f64>,
}

/// Counts the runs of the bound tenant since a moment by flow, and by parts of so many seconds: the newest, at most
/// `limit`.
pub async fn tally(
    tx: &mut TenantTx,
    since: Timestamp,
    step_seconds: i64,
    limit: i64,
) -> Result<Vec<Tally>, StoreError> {
    let tallies = sqlx::query_as!(
        Tally,
        r#"
        with recent as (
            select flow, status, extract(epoch from ended_at - started_at)::float8 as seconds,
                   greatest(0, floor(extract(epoch from started_at - $1)::float8 / $2::bigint))::int as part
            from engine.run where engine.first_id($1) <= run_id
            order by run_id desc limit $3)
        select flow as "flow!", part, count(*) as "runs!",
               count(*) filter (where status = 'completed') as "completed!",
               count(*) filter (where status = 'faulted') as "faulted!",
               count(*) filter (where status = 'cancelled') as "cancelled!",
               count(*) filter (where status = 'waiting') as "waiting!",
               count(*) filter (where status = 'suspended') as "suspended!",
               count(*) filter (where status in ('pending', 'running')) as "running!",
               percentile_disc(0.5) within group (order by seconds) filter (where status = 'completed') as p50,
               percentile_disc(0.95) within group (order by seconds) filter (where status = 'completed') as p95
        from recent group by grouping sets ((flow), (flow, part)) order by flow, part nulls first
        "#,
        since,
        step_seconds,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(tallies)
}
