//! `/metrics`: what is measured, by which names, and what is looked up when somebody asks.
//!
//! Labels are names of ours and few; nothing of a tenant or a client is one. `docs/metrics.md` says what
//! each metric is for.

use std::sync::{Arc, OnceLock};

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::App;
use kernel::Timestamp;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use store::StoreError;

/// From a database round trip to the longest journey.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Every metric of ours: name, kind, and what it says. Those of the process have Prometheus' own names.
pub const METRICS: &[(&str, Kind, &str)] = &[
    ("handoff_alerts_open", Kind::Gauge, "Open alerts, by severity."),
    ("handoff_breakers_open", Kind::Gauge, "Connections that are left alone, by connector."),
    ("handoff_build_info", Kind::Gauge, "Always 1; the labels tell which release runs."),
    (
        "handoff_call_failures_total",
        Kind::Counter,
        "Failed attempts of outside functions, by function and reason.",
    ),
    ("handoff_call_seconds", Kind::Histogram, "How long calls of outside functions took."),
    (
        "handoff_calls_total",
        Kind::Counter,
        "Calls of outside functions, by function and how they ended.",
    ),
    (
        "handoff_database_begin_seconds",
        Kind::Histogram,
        "How long work waited for a connection and the beginning of its transaction, by pool.",
    ),
    ("handoff_database_connections", Kind::Gauge, "Database connections, by pool and state."),
    (
        "handoff_engine_batches_failed_total",
        Kind::Counter,
        "Transactions of the engine that were undone.",
    ),
    ("handoff_engine_commits_total", Kind::Counter, "Transactions of the engine."),
    ("handoff_events_unplaced", Kind::Gauge, "Committed events that have no position yet."),
    (
        "handoff_form_submissions_trapped_total",
        Kind::Counter,
        "Forms filled in by programs, which were not stored.",
    ),
    (
        "handoff_generation_seconds",
        Kind::Histogram,
        "How long texts took to write, by prompt; deliverables are named as their type.",
    ),
    (
        "handoff_http_request_seconds",
        Kind::Histogram,
        "How long answers of our API took, by operation and class of status.",
    ),
    (
        "handoff_queue_oldest_seconds",
        Kind::Gauge,
        "How long the oldest task that is due has waited.",
    ),
    ("handoff_queue_tasks", Kind::Gauge, "Tasks in the queue, by state."),
    (
        "handoff_run_seconds",
        Kind::Histogram,
        "From what started a run to its end, by flow and status.",
    ),
    (
        "handoff_runs_set_aside_total",
        Kind::Counter,
        "Runs that cannot go on by themselves and wait for a person.",
    ),
    ("handoff_runs_started_total", Kind::Counter, "Runs begun, by flow."),
    (
        "handoff_webhook_attempts_total",
        Kind::Counter,
        "Attempts to send a webhook, by outcome: delivered, refused by an answer, or unreachable.",
    ),
    (
        "handoff_webhook_delivery_seconds",
        Kind::Histogram,
        "How long webhooks took from their event to their delivery.",
    ),
    ("handoff_webhook_signatures_invalid_total", Kind::Counter, "Webhooks with a wrong signature."),
    (
        "handoff_webhooks_duplicate_total",
        Kind::Counter,
        "Webhooks that came again and got their first answer.",
    ),
    ("handoff_webhooks_received_total", Kind::Counter, "Webhooks received, whatever came of them."),
    (
        "handoff_webhooks_refused_total",
        Kind::Counter,
        "Webhooks that were refused, by problem code.",
    ),
];

/// The process-wide recorder, installed at the first use.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let suffix = Matcher::Suffix("_seconds".to_owned());
            let handle = PrometheusBuilder::new()
                .set_buckets_for_metric(suffix, &SECONDS)
                .ok()?
                .install_recorder()
                .ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

fn describe() {
    for (name, kind, help) in METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *help),
            Kind::Gauge => describe_gauge!(*name, *help),
            Kind::Histogram => describe_histogram!(*name, Unit::Seconds, *help),
        }
    }
    metrics_process::Collector::default().describe();
    // What is never counted would otherwise be missing rather than zero.
    for name in [
        "handoff_engine_batches_failed_total",
        "handoff_engine_commits_total",
        "handoff_form_submissions_trapped_total",
        "handoff_runs_set_aside_total",
    ] {
        counter!(name).absolute(0);
    }
}

pub(crate) async fn scrape(State(app): State<Arc<App>>) -> Response {
    let Some(recorder) = recorder() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "metrics are off\n").into_response();
    };
    gauge!("handoff_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics_process::Collector::default().collect();
    for (pool, open, idle) in app.db.connections() {
        gauge!("handoff_database_connections", "pool" => pool, "state" => "open").set(open);
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        gauge!("handoff_database_connections", "pool" => pool, "state" => "idle").set(idle);
    }
    // Without the database the rest is still worth knowing.
    if let Err(error) = look_up(&app).await {
        tracing::warn!(%error, "the gauges of the database could not be looked up");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render()).into_response()
}

/// The gauges of what the database holds, over all tenants.
async fn look_up(app: &App) -> Result<(), StoreError> {
    let now: Timestamp = app.db.clock().now();
    let state = store::gauges::look_up(&app.db, now).await?;
    for (severity, count) in &state.open_alerts {
        gauge!("handoff_alerts_open", "severity" => severity.clone()).set(*count);
    }
    for (connector, count) in &state.open_breakers {
        gauge!("handoff_breakers_open", "connector" => connector.clone()).set(*count);
    }
    gauge!("handoff_queue_tasks", "state" => "due").set(state.tasks_due);
    gauge!("handoff_queue_tasks", "state" => "leased").set(state.tasks_leased);
    gauge!("handoff_queue_tasks", "state" => "later").set(state.tasks_later);
    gauge!("handoff_queue_oldest_seconds").set(state.oldest_due_seconds);
    gauge!("handoff_events_unplaced").set(state.events_unplaced);
    Ok(())
}
