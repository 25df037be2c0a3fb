//! The invoice system's REST interface.

use std::time::Duration;

use connector_kit::{
    Call, CallError,
    http::{Request, Response, join},
};
use serde::Serialize;

use super::Settings;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn post(
    call: &Call,
    segments: &[&str],
    body: &impl Serialize,
) -> Result<Response, CallError> {
    let (settings, url) = target(call, segments)?;
    let request =
        Request::post(&url).bearer(&settings.api_key).header("idempotency-key", &call.key);
    send(call, request.json(body)).await
}

pub(super) async fn put(
    call: &Call,
    segments: &[&str],
    body: &impl Serialize,
) -> Result<Response, CallError> {
    let (settings, url) = target(call, segments)?;
    let request = Request::put(&url).bearer(&settings.api_key).header("idempotency-key", &call.key);
    send(call, request.json(body)).await
}

pub(super) async fn patch(
    call: &Call,
    segments: &[&str],
    body: &impl Serialize,
) -> Result<Response, CallError> {
    let (settings, url) = target(call, segments)?;
    let request =
        Request::patch(&url).bearer(&settings.api_key).header("idempotency-key", &call.key);
    send(call, request.json(body)).await
}

pub(super) async fn get(call: &Call, segments: &[&str]) -> Result<Response, CallError> {
    let (settings, url) = target(call, segments)?;
    send(call, Request::get(&url).bearer(&settings.api_key)).await
}

fn target(call: &Call, segments: &[&str]) -> Result<(Settings, String), CallError> {
    let settings: Settings = call.connection.settings()?;
    let path: Vec<&str> = ["api", "v1"].into_iter().chain(segments.iter().copied()).collect();
    let url = join(&settings.base_url, &path)?;
    Ok((settings, url))
}

async fn send(call: &Call, request: Request) -> Result<Response, CallError> {
    let mut request = request.header("x-request-id", &format!("{}-{}", call.key, call.attempt));
    if let Some(traceparent) = kernel::trace::current() {
        request = request.header("traceparent", &traceparent);
    }
    call.http.send(request, TIMEOUT.min(call.timeout)).await?.ok_or_error(call.clock.now())
}
