//! The HTTP server: the product's routes, received webhooks, health and metrics.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::App;
use sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webhooks::intake::{self, Intake};

use crate::{
    listen::{self, Door},
    metrics, web,
};

/// How long the database may take to say that it is there.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// All routes of a node.
pub(crate) fn router(app: Arc<App>, intake: Arc<Intake>, sandbox: Option<&Sandbox>) -> Router {
    let health = Router::new()
        .route("/healthz", get(|| async { axum::Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::scrape))
        .with_state(Arc::clone(&app));
    let received = domain::http::with_request_ids(intake::router(intake));
    let pages = Arc::clone(&app);
    let mut all = domain::http::router(Arc::clone(&app))
        .merge(domain::mcp::router(app))
        .merge(received)
        .merge(health);
    if let Some(sandbox) = sandbox {
        all = all.merge(sandbox.router());
    }
    let pages = Router::new().fallback(web::serve).with_state(pages);
    all.fallback_service(domain::http::with_request_ids(pages))
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

/// Serves until told to stop, then lets requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    door: Door,
    stop: CancellationToken,
) {
    // Installed before the first request, so that nothing is counted into the void.
    let _installed = metrics::recorder();
    listen::serve(listener, router, door, stop).await;
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
