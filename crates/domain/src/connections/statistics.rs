//! `GET /v1/connections/{connector}/statistics`

use std::{collections::BTreeMap, sync::Arc};

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    TenantTx,
    measurements::{KEPT, quantile_ms},
};

use crate::{
    App, Caller, Operation, Permission, Problem,
    figures::{Percentiles, Span, Window, share},
    operation,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetConnectionStatistics {
    /// Such as `slack`.
    #[schemars(length(min = 1, max = 60))]
    connector: String,
    /// `24h` (by the hour), `7d` or `30d` (by the day); a day when left out.
    #[serde(default)]
    window: Option<Window>,
}

/// The calls of a connector's functions within a window, every attempt.
#[derive(Debug, Serialize, JsonSchema)]
struct ConnectionStatistics {
    connector: String,
    window: Window,
    since: Timestamp,
    /// Calls are known for eight days: those before this moment are not in it.
    known_since: Timestamp,
    /// The length of a part of each series.
    step_seconds: i64,
    total: CallStatistic,
    /// Those that were called, by name.
    functions: Vec<FunctionStatistic>,
    series: Vec<CallPoint>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct CallStatistic {
    calls: i64,
    failures: i64,
    /// The share of the failures, from 0 to 1; absent without calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate: Option<f64>,
    /// How long attempts took, estimated.
    response_ms: Percentiles,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FunctionStatistic {
    /// Such as `slack.post_message`.
    function: String,
    #[serde(flatten)]
    calls: CallStatistic,
    series: Vec<CallPoint>,
}

/// The calls of one part of the window.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct CallPoint {
    at: Timestamp,
    calls: i64,
    failures: i64,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside get_connection_statistics(GetConnectionStatistics) -> ConnectionStatistics,
        Permission::ReadConnections
    )
    .get("/v1/connections/{connector}/statistics")
    .tag("connections")
    .says(
        "Get the figures of a connection",
        "How often its functions were called, how many attempts failed and how long they took, for each function and \
         over time. Calls appear within seconds, and those of a process that was killed may be missing.",
    )
    .shows_no_client_text()
    .example(json!({ "connector": "slack", "window": "24h" }))
}

async fn get_connection_statistics(
    app: Arc<App>,
    caller: Caller,
    input: GetConnectionStatistics,
) -> Result<ConnectionStatistics, Problem> {
    let connector = super::connector(&app, &input.connector)?.id;
    let window = input.window.unwrap_or_default();
    let mut tx = app.db.tenant(caller.tenant).await?;
    let now = tx.now();
    let span = window.until(now);
    let measured = measured(&mut tx, &connector, span).await?;
    tx.commit().await?;
    let (mut total, mut functions) = (Counted::default(), Vec::new());
    let mut series: Vec<CallPoint> = span.beginnings().map(CallPoint::none).collect();
    for (function, of) in measured {
        total.add(&of.all);
        let own = span.series(of.parts, CallPoint::none);
        for (sum, point) in series.iter_mut().zip(&own) {
            sum.calls += point.calls;
            sum.failures += point.failures;
        }
        functions.push(FunctionStatistic { function, calls: of.all.told(), series: own });
    }
    Ok(ConnectionStatistics {
        connector,
        window,
        since: span.since,
        known_since: span.since.max(now - KEPT),
        step_seconds: span.step_seconds(),
        total: total.told(),
        functions,
        series,
    })
}

impl CallPoint {
    fn none(at: Timestamp) -> Self {
        Self { at, calls: 0, failures: 0 }
    }
}

/// What was measured of one function.
#[derive(Debug, Default)]
struct Measured {
    all: Counted,
    parts: Vec<(i32, CallPoint)>,
}

#[derive(Debug, Default)]
struct Counted {
    calls: i64,
    failures: i64,
    max_ms: i64,
    buckets: Vec<i64>,
    last_success_at: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
}

impl Counted {
    fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.failures += more.failures;
        self.max_ms = self.max_ms.max(more.max_ms);
        self.buckets.resize(self.buckets.len().max(more.buckets.len()), 0);
        for (sum, count) in self.buckets.iter_mut().zip(&more.buckets) {
            *sum += count;
        }
        self.last_success_at = self.last_success_at.max(more.last_success_at);
        self.last_failure_at = self.last_failure_at.max(more.last_failure_at);
    }

    fn told(&self) -> CallStatistic {
        let quantile = |share| quantile_ms(&self.buckets, self.max_ms, share);
        CallStatistic {
            calls: self.calls,
            failures: self.failures,
            error_rate: share(self.failures, self.calls),
            response_ms: Percentiles { p50: quantile(0.5), p95: quantile(0.95) },
            last_success_at: self.last_success_at,
            last_failure_at: self.last_failure_at,
        }
    }
}

/// The functions of a connector, each with what was measured of it. A row holds a function's part of the window.
async fn measured(
    tx: &mut TenantTx,
    connector: &str,
    span: Span,
) -> Result<BTreeMap<String, Measured>, Problem> {
    // The labels that begin with the connector and a full stop, as a range that the key has an order for.
    let (first, last) = (format!("{connector}."), format!("{connector}/"));
    let rows = sqlx::query!(
        r#"
        with recent as (
            select label, count, failures, max_ms, buckets, last_success_at, last_failure_at,
                   floor(extract(epoch from minute - $1)::float8 / $2::bigint)::int as part
            from insight.measurement
            where series = 'call' and $3 <= label collate "C" and label collate "C" < $4 and $1 <= minute)
        select m.label, m.part as "part!", sum(m.count)::bigint as "calls!", sum(m.failures)::bigint as "failures!",
               max(m.max_ms) as "max_ms!", max(m.last_success_at) as last_success_at,
               max(m.last_failure_at) as last_failure_at,
               (select array_agg(n.count order by n.number)
                from (select b.number, sum(b.count)::bigint as count
                      from recent o, unnest(o.buckets) with ordinality as b (count, number)
                      where o.label = m.label and o.part = m.part group by b.number) n) as "buckets!"
        from recent m group by m.label, m.part order by m.label, m.part
        "#,
        span.since,
        span.step_seconds(),
        first,
        last,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut functions: BTreeMap<String, Measured> = BTreeMap::new();
    for row in rows {
        let of = functions.entry(row.label).or_default();
        let (at, calls, failures) = (span.beginning(row.part), row.calls, row.failures);
        of.parts.push((row.part, CallPoint { at, calls, failures }));
        of.all.add(&Counted {
            calls,
            failures,
            max_ms: row.max_ms,
            buckets: row.buckets,
            last_success_at: row.last_success_at,
            last_failure_at: row.last_failure_at,
        });
    }
    Ok(functions)
}
