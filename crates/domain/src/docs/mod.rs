//! The reference in a browser: `/docs`, from the same document as `/openapi.json`, and the pages of problems.
//!
//! Pages work without JavaScript and load nothing from elsewhere. They say nothing of any tenant, so they are
//! open to everybody.

mod accept;
mod curl;
mod operation;
mod problems;
mod schema;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::Markup;
use serde_json::Value;

use crate::Problem;

const CSS: &str = include_str!("docs.css");
const FILTER: &str = include_str!("filter.js");
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// The pages change with the program only.
const CACHE: &str = "public, max-age=300";

/// The pages of a document.
pub(crate) fn router(document: Arc<Value>) -> Router {
    Router::new()
        .route("/docs", get(overview))
        .route("/docs/operations/{group}", get(group))
        .route("/docs/schemas", get(schemas))
        .route("/docs/problems", get(problem_list))
        .route("/docs/problems/{code}", get(problem))
        .route("/docs/docs.css", get(async || asset("text/css; charset=utf-8", CSS)))
        .route("/docs/filter.js", get(async || asset("text/javascript; charset=utf-8", FILTER)))
        .route("/problems/{code}", get(problem_of_type))
        .with_state(document)
}

async fn overview(State(document): State<Arc<Value>>) -> Response {
    page(StatusCode::OK, &view::overview(&document))
}

async fn group(State(document): State<Arc<Value>>, Path(name): Path<String>) -> Response {
    match view::group(&document, &name) {
        Some(shown) => page(StatusCode::OK, &shown),
        None => page(StatusCode::NOT_FOUND, &view::missing(&document)),
    }
}

async fn schemas(State(document): State<Arc<Value>>) -> Response {
    page(StatusCode::OK, &view::schemas(&document))
}

async fn problem_list(State(document): State<Arc<Value>>) -> Response {
    page(StatusCode::OK, &problems::list(&document))
}

async fn problem(State(document): State<Arc<Value>>, Path(code): Path<String>) -> Response {
    match problems::page(&document, &code) {
        Some(shown) => page(StatusCode::OK, &shown),
        None => page(StatusCode::NOT_FOUND, &view::missing(&document)),
    }
}

/// Where the `type` of a problem leads: HTML for browsers, Markdown for everybody else.
async fn problem_of_type(
    State(document): State<Arc<Value>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(markdown) = crate::problem::page(&code) else {
        return Problem::not_found("problem").into_response();
    };
    let vary = [(header::VARY, "accept")];
    match problems::page(&document, &code) {
        Some(shown) if accept::prefers_html(&headers) => {
            (vary, page(StatusCode::OK, &shown)).into_response()
        }
        _ => (vary, asset("text/markdown; charset=utf-8", markdown)).into_response(),
    }
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHE)], text).into_response()
}

fn page(status: StatusCode, shown: &Markup) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, if status == StatusCode::OK { CACHE } else { "no-store" }),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, shown.0.clone()).into_response()
}
