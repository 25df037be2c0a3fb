//! `GET /v1/health`

use chrono::TimeDelta;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{TenantTx, measurements::quantile_ms};

use crate::{
    Caller, Operation, Permission, Problem,
    figures::{Percentiles, first_id, millis, share},
    operation,
};

/// The flow that an intake starts.
const INTAKE_FLOW: &str = "client-onboarding";
/// The function that creates a lead at the invoice system.
const CREATE_LEAD: &str = "invoice_system.create_lead";

/// How far back the figures reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Window {
    #[serde(rename = "1h")]
    Hour,
    #[default]
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
}

impl Window {
    fn length(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
            Self::Week => TimeDelta::days(7),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetHealth {
    /// `1h`, `24h` or `7d`; a day when left out.
    #[serde(default)]
    window: Option<Window>,
}

/// The tenant's figures within a window.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    window: Window,
    since: Timestamp,
    /// Intake webhooks that were accepted.
    intakes_received: i64,
    /// Of these, whose run is completed.
    intakes_processed: i64,
    /// Of these, whose run failed.
    intakes_failed: i64,
    /// From the webhook to the end of its run, in milliseconds.
    processing_ms: Percentiles,
    /// Leads that were to be created at the invoice system.
    leads_asked: i64,
    /// Of these, the created ones.
    leads_created: i64,
    /// The share of the created ones, from 0 to 1; absent without leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_creation_success: Option<f64>,
    /// Deliverables attached at the invoice system for each lead of the window; absent without leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliverables_per_lead: Option<f64>,
    open_alerts: i64,
    calls: Vec<CallHealth>,
    /// Webhooks that were refused, by problem code.
    webhooks_refused: Vec<Refused>,
}

/// Attempts of a function, estimated times included.
#[derive(Debug, Serialize, JsonSchema)]
struct CallHealth {
    connector: String,
    function: String,
    attempts: i64,
    failures: i64,
    response_ms: Percentiles,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Refused {
    code: String,
    count: i64,
}

pub(super) fn operation() -> Operation {
    operation!(get_health(GetHealth) -> Health, Permission::ReadRuns)
        .get("/v1/health")
        .tag("health")
        .says(
            "Get the figures",
            "How the work went within a window. Calls and refusals appear within seconds, and those of a \
             process that was killed may be missing by as much.",
        )
        .example(json!({ "window": "24h" }))
}

async fn get_health(tx: &mut TenantTx, _: &Caller, input: GetHealth) -> Result<Health, Problem> {
    let window = input.window.unwrap_or_default();
    let since = tx.now() - window.length();
    // Ids are made in the order of time, so a primary key finds what is newer than this.
    let first = first_id(since);
    let intakes = sqlx::query!(
        r#"
        select count(*) as "received!",
               count(*) filter (where r.status = 'completed') as "processed!",
               count(*) filter (where r.status = 'faulted') as "failed!",
               percentile_disc(0.5) within group (order by extract(epoch from r.ended_at - w.received_at))
                   filter (where r.status = 'completed')::float8 as p50,
               percentile_disc(0.95) within group (order by extract(epoch from r.ended_at - w.received_at))
                   filter (where r.status = 'completed')::float8 as p95
        from webhook.received w
        left join engine.run r on r.trigger_event_id = w.event_id and r.flow = $2
        where $1 <= w.delivery_id and w.status = 'accepted'
        "#,
        first,
        INTAKE_FLOW,
    )
    .fetch_one(tx.conn())
    .await?;
    let leads = sqlx::query!(
        r#"
        select count(*) as "asked!", count(*) filter (where succeeded) as "created!"
        from (select bool_or(status = 'succeeded') as succeeded from engine.call
              where $1 <= run_id and function = $2 group by run_id, number) c
        "#,
        first,
        CREATE_LEAD,
    )
    .fetch_one(tx.conn())
    .await?;
    let attached = sqlx::query!(
        r#"
        select (select count(*) from crm.lead where $1 <= lead_id) as "leads!",
               (select count(*) from delivery.deliverable where $1 <= lead_id and external_id is not null)
                   as "deliverables!",
               (select count(*) from messaging.alert where resolved_at is null) as "alerts!"
        "#,
        first,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Health {
        window,
        since,
        intakes_received: intakes.received,
        intakes_processed: intakes.processed,
        intakes_failed: intakes.failed,
        processing_ms: Percentiles { p50: millis(intakes.p50), p95: millis(intakes.p95) },
        leads_asked: leads.asked,
        leads_created: leads.created,
        lead_creation_success: share(leads.created, leads.asked),
        deliverables_per_lead: share(attached.deliverables, attached.leads),
        open_alerts: attached.alerts,
        calls: calls(tx, since).await?,
        webhooks_refused: refused(tx, since).await?,
    })
}

async fn calls(tx: &mut TenantTx, since: Timestamp) -> Result<Vec<CallHealth>, Problem> {
    let rows = sqlx::query!(
        r#"
        select m.label, sum(m.count)::bigint as "count!", sum(m.failures)::bigint as "failures!",
               max(m.max_ms) as "max_ms!",
               (select array_agg(n.count order by n.number)
                from (select b.number, sum(b.count)::bigint as count
                      from insight.measurement o, unnest(o.buckets) with ordinality as b (count, number)
                      where o.series = 'call' and o.label = m.label and $1 <= o.minute
                      group by b.number) n) as "buckets!"
        from insight.measurement m where m.series = 'call' and $1 <= m.minute
        group by m.label order by m.label
        "#,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let quantile = |share| quantile_ms(&row.buckets, row.max_ms, share);
            CallHealth {
                connector: row.label.split('.').next().unwrap_or_default().to_owned(),
                response_ms: Percentiles { p50: quantile(0.5), p95: quantile(0.95) },
                function: row.label,
                attempts: row.count,
                failures: row.failures,
            }
        })
        .collect())
}

async fn refused(tx: &mut TenantTx, since: Timestamp) -> Result<Vec<Refused>, Problem> {
    let rows = sqlx::query!(
        r#"
        select split_part(label, '/', 2) as "code!", sum(count)::bigint as "count!"
        from insight.measurement
        where series = 'webhook_received' and label like '%/%' and $1 <= minute
        group by 1 order by 1
        "#,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Refused { code: row.code, count: row.count }).collect())
}
