//! Numbers over all tenants, for whoever operates the program. They name no tenant.

use kernel::Timestamp;

use crate::{Db, StoreError};

/// What the database holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauges {
    /// By severity, each that there is.
    pub open_alerts: Vec<(String, f64)>,
    /// By connector; zero for one whose breakers are closed.
    pub open_breakers: Vec<(String, f64)>,
    pub tasks_due: f64,
    pub tasks_leased: f64,
    pub tasks_later: f64,
    pub oldest_due_seconds: f64,
    pub events_unplaced: f64,
}

/// Counts what is there.
pub async fn look_up(db: &Db, now: Timestamp) -> Result<Gauges, StoreError> {
    let mut tx = db.system().await?;
    let alerts = sqlx::query!(
        r#"select severity as "severity!", count as "count!" from insight.open_alerts()"#
    )
    .fetch_all(tx.conn())
    .await?;
    let breakers = sqlx::query!(
        r#"select connector as "connector!", count as "count!" from insight.open_breakers($1)"#,
        now
    )
    .fetch_all(tx.conn())
    .await?;
    let tasks = sqlx::query!(
        r#"
        select count(*) filter (where owner is null and run_at <= $1)::float8 as "due!",
               count(*) filter (where owner is not null)::float8 as "leased!",
               count(*) filter (where owner is null and $1 < run_at)::float8 as "later!",
               coalesce(extract(epoch from $1 - min(run_at) filter (where owner is null and run_at <= $1)), 0)::float8
                   as "oldest!",
               (select coalesce(sum(cardinality(event_ids)), 0) from platform.event_pending)::float8 as "unplaced!"
        from engine.task
        "#,
        now
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(Gauges {
        open_alerts: alerts.into_iter().map(|row| (row.severity, row.count)).collect(),
        open_breakers: breakers.into_iter().map(|row| (row.connector, row.count)).collect(),
        tasks_due: tasks.due,
        tasks_leased: tasks.leased,
        tasks_later: tasks.later,
        oldest_due_seconds: tasks.oldest,
        events_unplaced: tasks.unplaced,
    })
}
