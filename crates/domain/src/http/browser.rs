//! Requests of browsers: whose session a cookie is, and whether one of our own pages made the request.

use axum::http::{HeaderMap, header};
use url::Url;

use crate::{
    App, Method, Problem,
    identity::sessions::{Session, SessionText},
};

const CSRF_HEADER: &str = "x-csrf-token";

/// The session of the request's cookie, if it has one that is valid.
pub(super) async fn session(app: &App, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    match SessionText::of_request(headers) {
        Some(text) => app.sessions.find(&app.db, &text).await,
        None => Ok(None),
    }
}

/// Refuses what another site made a browser send.
///
/// A page of ours sends the token of its session, which no other site can read; browsers say where a request
/// comes from, too (OWASP ASVS 5.0, 3.5.1).
pub(super) fn require_own_page(
    app: &App,
    method: Method,
    headers: &HeaderMap,
    session: Option<&Session>,
) -> Result<(), Problem> {
    if method == Method::Get {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return Err(refused());
    }
    if let Some(origin) = text(header::ORIGIN.as_str())
        && !is_own(app, origin, text(header::HOST.as_str()))
    {
        return Err(refused());
    }
    let Some(session) = session else { return Ok(()) };
    let given = text(CSRF_HEADER).unwrap_or_default();
    let is_right = subtle::ConstantTimeEq::ct_eq(given.as_bytes(), session.csrf_token.as_bytes());
    if bool::from(is_right) { Ok(()) } else { Err(refused()) }
}

/// Whether an origin is ours: as the operator says, or as the browser itself addressed us.
fn is_own(app: &App, origin: &str, host: Option<&str>) -> bool {
    if origin == app.public_url().as_str() {
        return true;
    }
    let Ok(url) = Url::parse(origin) else { return false };
    let authority = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return false,
    };
    host == Some(authority.as_str())
}

fn refused() -> Problem {
    Problem::new(
        "csrf-refused",
        "reload the page and try again: the request must come from a page of this program, with the header \
         `X-CSRF-Token` that `GET /v1/session` gives",
    )
}
