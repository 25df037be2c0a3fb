//! One id for each request, in its answer, its problems and its log lines.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    response::Response,
};
use kernel::Random as _;
use tracing::Instrument as _;

use super::ClientAddress;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a client.
const LENGTH_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Answers a request in another task than the one it came to.
pub(crate) async fn within_request<F: Future>(id: Option<String>, work: F) -> F::Output {
    match id {
        Some(id) => CURRENT.scope(id, work).await,
        None => work.await,
    }
}

/// Gives every request of these routes an id: the client's, if it sent a usable one.
pub fn with_request_ids(router: Router) -> Router {
    router.layer(from_fn(identify))
}

async fn identify(request: Request, next: Next) -> Response {
    if request_id().is_some() {
        // An outer router has done it.
        return next.run(request).await;
    }
    let id = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_usable(text))
        .map_or_else(new_id, str::to_owned);
    let header = HeaderValue::from_str(&id);
    let span = span(&request, &id);
    let mut response = CURRENT.scope(id, next.run(request)).instrument(span).await;
    if let Ok(value) = header {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// What every log line of a request tells: no query, and of the path only its pattern, for both may hold
/// what a client wrote.
fn span(request: &Request, id: &str) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let client = request.extensions().get::<ClientAddress>().map(|client| client.0);
    tracing::info_span!(
        "request",
        request_id = id,
        method = %request.method(),
        route,
        client = client.map(tracing::field::display),
        trace_id = tracing::field::Empty,
    )
}

fn is_usable(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

fn new_id() -> String {
    let mut bytes = [0_u8; 12];
    // Only a label: nothing depends on which one it is, so it need not be the same twice.
    kernel::SystemRandom.fill(&mut bytes);
    format!("req_{}", hex::encode(bytes))
}
