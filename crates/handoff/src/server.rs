//! The HTTP server: the product's routes, received webhooks, health and metrics.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::App;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webhooks::intake::{self, Intake};

/// How long the database may take to say that it is there.
const READY_TIMEOUT: Duration = Duration::from_secs(2);
/// How long stopping waits for requests under way.
const DRAIN: Duration = Duration::from_secs(15);

/// All routes of a node.
pub(crate) fn router(app: Arc<App>, intake: Arc<Intake>, sandbox: Option<&Sandbox>) -> Router {
    let health = Router::new()
        .route("/healthz", get(|| async { axum::Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::clone(&app));
    let received = domain::http::with_request_ids(intake::router(intake));
    let mut all = domain::http::router(app).merge(received).merge(health);
    if let Some(sandbox) = sandbox {
        all = all.merge(sandbox.router());
    }
    all
}

/// Whether requests can be answered: the database is there.
async fn ready(State(app): State<Arc<App>>) -> Response {
    let asked = async {
        let mut tx = app.db.system().await?;
        sqlx::query("select 1").execute(tx.conn()).await?;
        tx.commit().await
    };
    match tokio::time::timeout(READY_TIMEOUT, asked).await {
        Ok(Ok(())) => axum::Json(json!({ "status": "ready" })).into_response(),
        Ok(Err(_)) | Err(_) => domain::Problem::new(
            "unavailable",
            "the database does not answer; it is tried again by itself",
        )
        .retry_after(Duration::from_secs(1))
        .into_response(),
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    for (pool, open, idle) in app.db.connections() {
        metrics::gauge!("handoff_database_connections", "pool" => pool, "state" => "open")
            .set(open);
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        metrics::gauge!("handoff_database_connections", "pool" => pool, "state" => "idle")
            .set(idle);
    }
    match recorder() {
        Some(recorder) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render())
                .into_response()
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, "metrics are off\n").into_response(),
    }
}

/// The process-wide recorder, installed at the first use.
pub(crate) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let handle = PrometheusBuilder::new().install_recorder().ok()?;
            describe();
            Some(handle)
        })
        .as_ref()
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(
        "handoff_webhooks_received_total",
        "Webhooks received, whatever came of them."
    );
    describe_counter!(
        "handoff_webhooks_duplicate_total",
        "Webhooks that came again and got their first answer."
    );
    describe_counter!(
        "handoff_webhooks_refused_total",
        "Webhooks that were refused, by problem code."
    );
    describe_counter!(
        "handoff_webhook_signatures_invalid_total",
        "Webhooks with a wrong signature."
    );
    describe_counter!(
        "handoff_webhook_attempts_total",
        "Attempts to send a webhook, by outcome: delivered, refused by an answer, or unreachable."
    );
    describe_histogram!(
        "handoff_webhook_delivery_seconds",
        "How long webhooks took from their event to their delivery."
    );
    describe_counter!("handoff_runs_started_total", "Runs begun, by flow.");
    describe_counter!(
        "handoff_calls_total",
        "Calls of outside functions, by function and how they ended."
    );
    describe_histogram!("handoff_call_seconds", "How long calls of outside functions took.");
    describe_counter!("handoff_engine_commits_total", "Transactions of the engine.");
    describe_counter!(
        "handoff_engine_batches_failed_total",
        "Transactions of the engine that were undone."
    );
    describe_gauge!("handoff_database_connections", "Database connections, by pool and state.");
}

/// Serves until told to stop, then lets requests under way finish.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    // Installed before the first request, so that nothing is counted into the void.
    let _installed = recorder();
    let told = stop.clone();
    let serving =
        axum::serve(listener, router).with_graceful_shutdown(async move { told.cancelled().await });
    let serving = IntoFuture::into_future(serving);
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => {
            if let Err(error) = ended {
                tracing::error!(%error, "the HTTP server ended");
            }
        }
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await; } => {
            tracing::warn!("requests under way were cut after {DRAIN:?}");
        }
    }
}

/// Resolves at `SIGINT` or `SIGTERM`.
pub(crate) async fn until_told_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be watched");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            if let Err(error) = interrupted {
                tracing::warn!(%error, "SIGINT cannot be watched");
                std::future::pending::<()>().await;
            }
        }
        () = terminated => {}
    }
}
