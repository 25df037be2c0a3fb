//! The circuit breaker of a connection: one row, shared by all nodes.
//!
//! Five failures in a row, or half of at least ten calls within a minute, open it for a minute (twice as
//! long each time it opens again, ten minutes at the most). While it is open, calls are put off without
//! using up an attempt. Then one probe goes through in the whole cluster; its result decides.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connector_kit::CallError;
use kernel::{TenantId, Timestamp};
use store::{Db, StoreError, TenantTx};

const CONSECUTIVE_MAX: i32 = 5;
const WINDOW: Duration = Duration::from_secs(60);
const WINDOW_CALLS_MIN: i32 = 10;
const OPEN_FIRST: Duration = Duration::from_secs(60);
const OPEN_MAX: Duration = Duration::from_secs(600);
/// How long the one probe may take before another node may probe.
const PROBE: Duration = Duration::from_secs(30);
/// How long a node trusts what it read.
const FRESH: Duration = Duration::from_secs(1);
/// How long a pause that the provider asked for may be.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);
/// How long a connection whose credentials were refused is left alone, unless it is set again.
const RECONNECT: Duration = Duration::from_secs(600);

/// Whether a call may go out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Go,
    /// Not before this time.
    Wait(Timestamp),
}

/// What a call's end says about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Healthy,
    Failed,
    /// The provider asked for a pause.
    Paused(Duration),
    /// The credentials were refused.
    Disconnected,
}

pub(crate) fn verdict<T>(result: &Result<T, CallError>) -> Verdict {
    match result {
        Ok(_) | Err(CallError::Rejected { .. } | CallError::NotTried(_)) => Verdict::Healthy,
        Err(CallError::Throttled { retry_after, .. }) => {
            Verdict::Paused(retry_after.unwrap_or(Duration::from_secs(5)).min(PAUSE_MAX))
        }
        Err(CallError::Credentials(_)) => Verdict::Disconnected,
        Err(
            CallError::Unavailable { .. }
            | CallError::Ambiguous { .. }
            | CallError::Unreadable { .. },
        ) => Verdict::Failed,
    }
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    open_until: Option<Timestamp>,
    troubled: bool,
    at: Timestamp,
    successes: i32,
}

/// What this node remembers of the breakers, for a second.
#[derive(Debug, Default)]
pub(crate) struct Breakers {
    seen: Mutex<HashMap<(TenantId, String), Seen>>,
}

impl Breakers {
    /// Asks whether a call of this tenant's connection may go out now.
    pub(crate) async fn admit(
        &self,
        db: &Db,
        tenant: TenantId,
        connector: &str,
    ) -> Result<Admission, StoreError> {
        let now = db.clock().now();
        let key = (tenant, connector.to_owned());
        if let Some(seen) = self.lock().get(&key).copied()
            && (now - seen.at).to_std().is_ok_and(|age| age < FRESH)
            && seen.open_until.is_none()
        {
            return Ok(Admission::Go);
        }
        let mut tx = db.tenant(tenant).await?;
        let row = sqlx::query!(
            "select open_until, consecutive from engine.breaker where connector = $1",
            connector
        )
        .fetch_optional(tx.conn())
        .await?;
        let open_until = row.as_ref().and_then(|row| row.open_until);
        let admission = match open_until {
            None => Admission::Go,
            Some(until) if now < until => Admission::Wait(until),
            Some(_) => probe(&mut tx, connector, now).await?,
        };
        tx.commit().await?;
        let troubled = row.is_some_and(|row| 0 < row.consecutive) || open_until.is_some();
        let mut all = self.lock();
        let successes = all.get(&key).map_or(0, |seen| seen.successes);
        all.insert(key, Seen { open_until, troubled, at: now, successes });
        Ok(admission)
    }

    /// Notes how a call ended. A healthy connection costs no write.
    pub(crate) async fn record(
        &self,
        db: &Db,
        tenant: TenantId,
        connector: &str,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let key = (tenant, connector.to_owned());
        let successes = {
            let mut all = self.lock();
            let seen = all.get_mut(&key);
            match (verdict, seen) {
                (Verdict::Healthy, Some(seen)) if !seen.troubled => {
                    seen.successes = seen.successes.saturating_add(1);
                    return Ok(());
                }
                (_, seen) => seen.map_or(0, |seen| std::mem::take(&mut seen.successes)),
            }
        };
        let mut tx = db.tenant(tenant).await?;
        let now = tx.now();
        match verdict {
            Verdict::Healthy => close(&mut tx, connector, now).await?,
            Verdict::Failed => fail(&mut tx, connector, successes, now).await?,
            Verdict::Paused(pause) => {
                open(&mut tx, connector, now + pause, "asked to slow down", now).await?;
            }
            Verdict::Disconnected => {
                open(&mut tx, connector, now + RECONNECT, "credentials refused", now).await?;
            }
        }
        tx.commit().await?;
        self.lock().remove(&key);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(TenantId, String), Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the one probe, or learns when to come back.
async fn probe(
    tx: &mut TenantTx,
    connector: &str,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let taken = sqlx::query!(
        r#"
        update engine.breaker set probe_until = $2, updated_at = $3
        where connector = $1 and open_until <= $3 and (probe_until is null or probe_until < $3)
        returning 1 as "one!"
        "#,
        connector,
        now + PROBE,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(taken.map_or(Admission::Wait(now + Duration::from_secs(1)), |_| Admission::Go))
}

async fn close(tx: &mut TenantTx, connector: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update engine.breaker
        set consecutive = 0, open_until = null, opens = 0, probe_until = null, reason = null,
            recent_failures = 0, recent_calls = 0, window_started = $2, updated_at = $2
        where connector = $1 and (0 < consecutive or open_until is not null)
        "#,
        connector,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn fail(
    tx: &mut TenantTx,
    connector: &str,
    successes: i32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = sqlx::query!(
        r#"
        insert into engine.breaker as b
            (connector, consecutive, recent_failures, recent_calls, window_started, updated_at)
        values ($1, 1, 1, 1 + $2, $3, $3)
        on conflict (tenant_id, connector) do update set
            consecutive = b.consecutive + 1,
            recent_failures = case when b.window_started < $4 then 1 else b.recent_failures + 1 end,
            recent_calls = case when b.window_started < $4 then 1 else b.recent_calls + 1 + $2 end,
            window_started = case when b.window_started < $4 then $3 else b.window_started end,
            probe_until = null,
            updated_at = $3
        returning consecutive, recent_failures, recent_calls, opens, open_until
        "#,
        connector,
        successes,
        now,
        now - WINDOW,
    )
    .fetch_one(tx.conn())
    .await?;
    let too_many = CONSECUTIVE_MAX <= row.consecutive
        || (WINDOW_CALLS_MIN <= row.recent_calls && row.recent_calls <= 2 * row.recent_failures);
    let was_open = row.open_until.is_some_and(|until| now < until);
    if too_many && !was_open {
        let exponent = u32::try_from(row.opens.clamp(0, 10)).unwrap_or(0);
        let pause = (OPEN_FIRST * 2_u32.pow(exponent)).min(OPEN_MAX);
        let jitter = 0.8 + 0.4 * tx.db().random().fraction();
        open(tx, connector, now + pause.mul_f64(jitter), "too many failures", now).await?;
    }
    Ok(())
}

async fn open(
    tx: &mut TenantTx,
    connector: &str,
    until: Timestamp,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into engine.breaker as b (connector, open_until, opens, reason, window_started, updated_at)
        values ($1, $2, 1, $3, $4, $4)
        on conflict (tenant_id, connector) do update set
            open_until = greatest(b.open_until, $2), opens = b.opens + 1, reason = $3, probe_until = null,
            updated_at = $4
        "#,
        connector,
        until,
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets what was held against a connection, because it was set up anew, and releases its calls.
pub async fn reset(tx: &mut TenantTx, connector: &str) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!("delete from engine.breaker where connector = $1", connector)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        r#"
        update engine.task t set run_at = $1
        from engine.call j
        where t.tenant_id = $2 and t.kind = 'call' and t.owner is null and $1 < t.run_at
          and j.run_id = t.run_id and j.number = t.number and j.attempt = t.attempt
          and starts_with(j.function, $3)
        "#,
        now,
        tx.tenant().uuid(),
        format!("{connector}."),
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_engine();
    Ok(())
}
