//! Looking at every rule of every tenant that has something to look at. Any node may do it; one at a time
//! does.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::{TenantId, Timestamp};
use serde_json::{Value, json};
use store::{Db, TenantTx};

use super::{
    AlertRule, RuleName, SLOW_MS_MIN, WINDOW_MINUTES_MAX,
    condition::{Measured, Trouble, troubles},
};
use crate::{
    Problem,
    messaging::alerts::{RaiseAlert, raise, resolve_open},
};

/// The advisory lock of whoever evaluates ("rule" in ASCII).
const EVALUATOR_LOCK: i64 = 0x7275_6c65;
/// A cause that goes on is counted this often.
const COUNT_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Evaluates the rules of all tenants. Gives the number of tenants looked at; none when another node
/// does it.
pub async fn evaluate(db: &Db) -> Result<Option<usize>, Problem> {
    let mut lock = db.system().await?;
    let leads =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "leads!""#, EVALUATOR_LOCK)
            .fetch_one(lock.conn())
            .await?;
    if !leads {
        return Ok(None);
    }
    // Where nothing failed and nothing was slow, no rule has a cause; an hour more, to see it end.
    let since = db.clock().now() - TimeDelta::minutes(i64::from(WINDOW_MINUTES_MAX) + 60);
    let tenants = sqlx::query_scalar!(
        r#"
        select distinct tenant_id from insight.measurement
        where $1 < minute and (0 < failures or $2 <= max_ms)
        "#,
        since,
        SLOW_MS_MIN,
    )
    .fetch_all(lock.conn())
    .await?;
    for tenant in &tenants {
        let tenant = TenantId::from(*tenant);
        if let Err(problem) = evaluate_tenant(db, tenant).await {
            tracing::warn!(%tenant, detail = problem.detail(), "alert rules were not evaluated");
            problem.log();
        }
    }
    // Held until here, so that no other node looks at the same time.
    lock.commit().await?;
    Ok(Some(tenants.len()))
}

/// Evaluates the rules of one tenant.
pub async fn evaluate_tenant(db: &Db, tenant: TenantId) -> Result<(), Problem> {
    let mut tx = db.tenant(tenant).await?;
    let rules = super::load(&mut tx).await?;
    for rule in &rules {
        let since = tx.now() - TimeDelta::minutes(i64::from(rule.window_minutes));
        let open = open_alerts(&mut tx, rule.rule.kind()).await?;
        if rule.rule == RuleName::SignatureFailures {
            for (cause, seen) in &open {
                if !rule.enabled || seen.last_at < since {
                    resolve_open(&mut tx, cause).await?;
                }
            }
            continue;
        }
        let measured = measured_since(&mut tx, since).await?;
        let found = troubles(rule, &measured);
        for trouble in &found {
            let counted = open.get(&trouble.cause).map(|seen| seen.last_at);
            if counted.is_none_or(|last| COUNT_EVERY <= tx.now() - last) {
                raise(&mut tx, alert(rule, trouble)?).await?;
            }
        }
        for cause in open.keys() {
            if !found.iter().any(|trouble| trouble.cause == *cause) {
                resolve_open(&mut tx, cause).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Raises the security alert of a wrong signature at once, in the caller's transaction, as far as the
/// rule wants it.
pub async fn raise_signature_failure(tx: &mut TenantTx, source: &str) -> Result<(), Problem> {
    let rules = super::load(tx).await?;
    let wanted = rules.iter().find(|rule| rule.rule == RuleName::SignatureFailures && rule.enabled);
    let Some(rule) = wanted else { return Ok(()) };
    if 1 < rule.threshold {
        let since = tx.now() - TimeDelta::minutes(i64::from(rule.window_minutes));
        let label = format!("{source}/signature-invalid");
        let measured = measured_since(tx, since).await?;
        let earlier: i64 =
            measured.iter().filter(|it| it.label == label).map(|it| it.failures).sum();
        if earlier + 1 < rule.threshold {
            return Ok(());
        }
    }
    let trouble = Trouble {
        cause: format!("{}:{source}", rule.rule.kind()),
        title: "Somebody sends webhooks with a wrong signature in the invoice system's name"
            .to_owned(),
        detail: [("source".to_owned(), json!(source))].into_iter().collect(),
    };
    raise(tx, alert(rule, &trouble)?).await?;
    Ok(())
}

fn alert(rule: &AlertRule, trouble: &Trouble) -> Result<RaiseAlert, Problem> {
    let unfit = |reason: String| Problem::internal(anyhow::Error::msg(reason));
    let mut detail = trouble.detail.clone();
    detail.insert("rule".to_owned(), json!(rule.rule));
    detail.insert("window_minutes".to_owned(), Value::from(rule.window_minutes));
    Ok(RaiseAlert {
        kind: rule.rule.kind().parse().map_err(unfit)?,
        severity: rule.severity,
        cause: trouble.cause.parse().map_err(unfit)?,
        title: trouble.title.parse().map_err(unfit)?,
        detail: Some(detail),
    })
}

struct Seen {
    last_at: Timestamp,
}

async fn open_alerts(tx: &mut TenantTx, kind: &str) -> Result<BTreeMap<String, Seen>, Problem> {
    let rows = sqlx::query!(
        "select cause, last_at from messaging.alert where kind = $1 and resolved_at is null",
        kind
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.cause, Seen { last_at: row.last_at })).collect())
}

async fn measured_since(tx: &mut TenantTx, since: Timestamp) -> Result<Vec<Measured>, Problem> {
    // A minute counts while any of it lies in the window.
    let rows = sqlx::query!(
        r#"
        with counted as (
            select series, label, sum(count)::bigint as count, sum(failures)::bigint as failures,
                   max(max_ms) as max_ms, max(last_success_at) as last_success_at,
                   max(last_failure_at) as last_failure_at
            from insight.measurement where $1 < minute + interval '1 minute' group by series, label
        ), bucket as (
            select series, label, array_agg(count order by number) as buckets
            from (select m.series, m.label, b.number, sum(b.count)::bigint as count
                  from insight.measurement m, unnest(m.buckets) with ordinality as b (count, number)
                  where $1 < m.minute + interval '1 minute' group by m.series, m.label, b.number) n
            group by series, label
        )
        select series, label, count as "count!", failures as "failures!", max_ms as "max_ms!",
               last_success_at, last_failure_at, buckets as "buckets!"
        from counted join bucket using (series, label)
        "#,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Measured {
            series: row.series,
            label: row.label,
            count: row.count,
            failures: row.failures,
            max_ms: row.max_ms,
            buckets: row.buckets,
            last_success_at: row.last_success_at,
            last_failure_at: row.last_failure_at,
        })
        .collect())
}
