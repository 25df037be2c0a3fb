//! The web app: its files, and the page for every address that is a page of it.
//!
//! The files are those of `web/dist/app` at the time of the build. Without them, addresses of pages answer with how
//! to build them.

mod files;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::App;

/// Stands for the nonce in the app's page.
const NONCE: &str = "__CSP_NONCE__";
/// Addresses of programs: what is missing there is answered with a problem, never with a page.
const OF_PROGRAMS: [&str; 8] =
    ["/v1/", "/api/", "/mcp", "/_sandbox", "/files/", "/docs", "/problems/", "/assets/"];

const NOT_BUILT: &str = include_str!("not-built.html");

/// What no other route has: a file or a page of the app, or nothing.
pub(crate) async fn serve(State(app): State<Arc<App>>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    if method != Method::GET && method != Method::HEAD {
        return domain::http::not_found().await.into_response();
    }
    if let Some(response) = files::find(path, request.headers()) {
        return response;
    }
    let is_page = OF_PROGRAMS.iter().all(|begin| !path.starts_with(begin));
    if is_page && wants_html(request.headers()) {
        return page(&app);
    }
    domain::http::not_found().await.into_response()
}

/// Whether a person asks: browsers name HTML, programs rarely do.
fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// The app's page, whatever the address: the app itself knows which of its pages is meant.
fn page(app: &App) -> Response {
    let mut bytes = [0_u8; 18];
    app.db.random().fill(&mut bytes);
    let nonce = BASE64_STANDARD.encode(bytes);
    let (status, html) = match files::index() {
        Some(html) => (StatusCode::OK, html.replace(NONCE, &nonce)),
        None => (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT.replace(NONCE, &nonce)),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.public_url().is_https() {
        let strict = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, strict);
    }
    response
}

/// Scripts are our own files only. Styles are, too, but for those that the app's libraries write into the page, which
/// carry the nonce.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' blob: data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_nothing_run_that_is_not_ours() {
        let policy = policy("abc");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    }

    #[test]
    fn a_program_that_asks_for_anything_gets_no_page() {
        let accept =
            |text| HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
        assert!(wants_html(&accept("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!wants_html(&accept("*/*")) && !wants_html(&HeaderMap::new()));
    }
}
