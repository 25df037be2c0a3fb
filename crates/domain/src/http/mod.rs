//! REST: one generic handler over the registry of operations.

mod answer;
mod client;
mod input;
mod request_id;
mod serve;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, RawPathParams, Request, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::{MethodFilter, get, on},
};

pub use client::ClientAddress;
pub use request_id::{request_id, with_request_ids};

use crate::{App, Method, Problem};

/// The largest body a request may have.
pub const BODY_MAX: usize = 1024 * 1024;
/// How deep a body may be nested.
pub const DEPTH_MAX: usize = 64;
/// How long a request may take.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Every operation over HTTP, its document and the pages of its problems.
pub fn router(app: Arc<App>) -> Router {
    let document = Arc::new(crate::openapi::openapi(&app.registry));
    let mut router = Router::new()
        .route("/openapi.json", get(move || async move { Json((*document).clone()) }))
        .route("/problems/{code}", get(problem_page));
    for entry in app.registry.entries() {
        let (app, name) = (Arc::clone(&app), entry.operation.name);
        let handler = move |path: RawPathParams, request: Request| async move {
            serve::serve(app, name, &path, request).await
        };
        router = router.route(entry.operation.path, on(filter(entry.operation.method), handler));
    }
    with_request_ids(
        router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).with_state(()),
    )
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

async fn problem_page(Path(code): Path<String>, State(()): State<()>) -> Response {
    match crate::problem::page(&code) {
        Some(text) => ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response(),
        None => Problem::not_found("problem").into_response(),
    }
}

/// The answer to an address that nothing is behind.
pub async fn not_found() -> Problem {
    Problem::new(
        "not-found",
        "there is nothing at this address; see /openapi.json for what there is",
    )
}

/// The answer to a method that an address does not have.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        "method-not-allowed",
        "this address has other methods; see the `Allow` header or /openapi.json",
    )
}
