//! REST: one generic handler over the registry of operations.

mod account;
mod answer;
mod body;
mod browser;
mod client;
mod files;
mod input;
mod provider;
mod request_id;
mod serve;
mod stream;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{RawPathParams, Request},
    routing::{MethodFilter, get, on},
};

pub use client::ClientAddress;
pub(crate) use client::client_address;
pub(crate) use input::depth;
pub(crate) use request_id::within_request;
pub use request_id::{request_id, with_request_ids};
pub(crate) use serve::{
    Keyed, bearer, counted, perform, timed_out, unless_guessing, valid_key, with_rate,
};

use crate::{App, Method, Problem, agreements, crm, docs, identity::provider::CALLBACK};

/// The largest body a request may have.
pub const BODY_MAX: usize = 1024 * 1024;
/// How deep a body may be nested.
pub const DEPTH_MAX: usize = 64;
/// How long a request may take.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Every operation over HTTP, its document and the pages of its problems.
pub fn router(app: Arc<App>) -> Router {
    let (forms, proposals) = (Arc::clone(&app), Arc::clone(&app));
    let document = Arc::new(crate::openapi::openapi(&app.registry));
    let pages = docs::router(Arc::clone(&document));
    let mut router = Router::new()
        .route("/openapi.json", get(move || async move { Json((*document).clone()) }))
        .route("/v1/events/stream", get(stream::serve).with_state(Arc::clone(&app)))
        .route("/files/{kind}/{file}", get(files::file).with_state(Arc::clone(&app)))
        .route(CALLBACK, get(provider::callback).with_state(Arc::clone(&app)));
    for entry in app.registry.entries() {
        let (app, name) = (Arc::clone(&app), entry.operation.name);
        let handler = move |path: RawPathParams, request: Request| async move {
            serve::serve(app, name, &path, request).await
        };
        router = router.route(entry.operation.path, on(filter(entry.operation.method), handler));
    }
    with_request_ids(
        router
            .merge(pages)
            .merge(crm::intake_forms::router(forms))
            .merge(agreements::proposals::router(proposals))
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed)
            .with_state(()),
    )
}

/// Records how long an answer of ours took, whoever serves it.
pub fn record(operation: &'static str, status: u16, taken: chrono::TimeDelta) {
    let class = match status {
        0..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    };
    let taken = taken.to_std().unwrap_or_default();
    metrics::histogram!("handoff_http_request_seconds", "operation" => operation, "status" => class)
        .record(taken.as_secs_f64());
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// The answer to an address that nothing is behind.
pub async fn not_found() -> Problem {
    Problem::new("not-found", "there is nothing at this address; see /docs for what there is")
}

/// The answer to a method that an address does not have.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        "method-not-allowed",
        "this address has other methods; see the `Allow` header or /docs",
    )
}
