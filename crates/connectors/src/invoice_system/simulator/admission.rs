//! What is asked of every request before it is read: a key, a type, and not too many in a minute.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use connector_kit::simulator::OwnFault;
use kernel::{Clock, Timestamp};

use super::{API_KEY, refuse};

/// The fault that switches the limit on.
pub(super) const RATE_LIMIT: &str = "rate-limit";
const REQUESTS_MAX: usize = 100;
const WINDOW_MS: i64 = 60_000;

#[derive(Clone)]
pub(super) struct Admission {
    clock: Arc<dyn Clock>,
    /// When the requests of the last minute came, while the limit is on.
    admitted: Arc<Mutex<VecDeque<Timestamp>>>,
}

pub(super) async fn admit(
    State(admission): State<Admission>,
    request: Request,
    next: Next,
) -> Response {
    match admission.refusal(&request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

impl Admission {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, admitted: Arc::default() }
    }

    fn refusal(&self, request: &Request) -> Option<Response> {
        let header = |name| request.headers().get(name).map_or(&b""[..], HeaderValue::as_bytes);
        if header(header::AUTHORIZATION) != format!("Bearer {API_KEY}").as_bytes() {
            let message = "the API key is missing or wrong";
            return Some(refuse(StatusCode::UNAUTHORIZED, "unauthorized", message));
        }
        if request.method() != Method::GET
            && !header(header::CONTENT_TYPE).starts_with(b"application/json")
        {
            let message = "send JSON with the header `Content-Type: application/json`";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Some(refuse(status, "unsupported-media-type", message));
        }
        let is_limited = request.extensions().get() == Some(&OwnFault(RATE_LIMIT));
        let wait = is_limited.then(|| self.count().err())??;
        let message = "100 requests a minute are allowed";
        let refusal = refuse(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", message);
        Some(([(header::RETRY_AFTER, wait.to_string())], refusal).into_response())
    }

    /// Counts a request, or says in how many seconds the next one is taken.
    fn count(&self) -> Result<(), i64> {
        let now = self.clock.now();
        let age_ms = |at: &Timestamp| (now - *at).num_milliseconds();
        let mut admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        while admitted.front().is_some_and(|oldest| WINDOW_MS <= age_ms(oldest)) {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(oldest) if REQUESTS_MAX <= admitted.len() => {
                Err((WINDOW_MS - age_ms(oldest) + 999) / 1_000)
            }
            _ => {
                admitted.push_back(now);
                Ok(())
            }
        }
    }
}
