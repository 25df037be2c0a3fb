//! One attempt: signed with every live secret, sent once, and what the answer means.

use std::time::Duration;

use connector_kit::{
    CallError,
    http::{Http, Request},
    signature::{self, Unverified},
};
use kernel::{
    Clock, Timestamp,
    trace::{Kind as SpanKind, Span},
};

use super::{Format, claim::Claimed};

/// How long connecting, sending and the answer may take together.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of the answer is kept.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Attempted {
    pub(super) started_at: Timestamp,
    pub(super) duration: Duration,
    pub(super) status: Option<u16>,
    pub(super) answer: Option<String>,
    /// A sentence; none for success.
    pub(super) error: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl Attempted {
    pub(super) fn is_delivered(&self) -> bool {
        self.error.is_none()
    }

    /// For metrics.
    pub(super) fn outcome(&self) -> &'static str {
        match (self.is_delivered(), self.status) {
            (true, _) => "delivered",
            (false, Some(_)) => "refused",
            (false, None) => "unreachable",
        }
    }
}

pub(super) async fn attempt(http: &Http, clock: &dyn Clock, message: &Claimed) -> Attempted {
    let started_at = clock.now();
    let begun = tokio::time::Instant::now();
    let parent = message.traceparent.as_deref();
    let span = Span::begin("send webhook", SpanKind::Producer, parent);
    let sent = match request(message, started_at, span.traceparent().as_deref()) {
        Ok(request) => span.within(http.send(request, TIMEOUT)).await,
        Err(error) => Err(CallError::Credentials(format!(
            "the signing secret cannot be used ({error}); rotate it"
        ))),
    };
    let mut attempted = Attempted {
        started_at,
        duration: begun.elapsed(),
        status: None,
        answer: None,
        error: None,
        retry_after: None,
    };
    match sent {
        Ok(response) => {
            attempted.status = Some(response.status);
            attempted.answer = Some(response.excerpt(ANSWER_BYTES_MAX));
            attempted.error = refusal(response.status);
            if matches!(response.status, 429 | 503) {
                attempted.retry_after = response.retry_after(clock.now());
            }
        }
        // The status said that it has it; what followed does not matter.
        Err(CallError::Ambiguous { status: Some(status @ 200..=299), .. }) => {
            attempted.status = Some(status);
        }
        Err(CallError::Unreadable { .. }) => attempted.status = Some(200),
        Err(error) => attempted.error = Some(error.to_string()),
    }
    describe(&span, message, &attempted);
    attempted
}

fn describe(span: &Span, message: &Claimed, attempted: &Attempted) {
    span.set("handoff.tenant", || message.tenant.to_string().into());
    span.set("handoff.message", || message.message.to_string().into());
    span.set("handoff.event_type", || message.kind.clone().into());
    span.set("handoff.attempt", || i64::from(message.attempt).into());
    span.set("handoff.status", || attempted.outcome().into());
    if let Some(status) = attempted.status {
        span.set("http.response.status_code", || i64::from(status).into());
    }
    if !attempted.is_delivered() {
        span.failed();
    }
}

fn refusal(status: u16) -> Option<String> {
    match status {
        200..=299 => None,
        300..=399 => Some(format!(
            "it answered {status}, and redirects are not followed; set the subscription to the final address"
        )),
        410 => Some("it answered 410: it wants no more webhooks".to_owned()),
        _ => Some(format!("it answered {status}")),
    }
}

fn request(
    message: &Claimed,
    at: Timestamp,
    traceparent: Option<&str>,
) -> Result<Request, Unverified> {
    let id = message.message.to_string();
    let signatures: Vec<String> = message
        .signing
        .iter()
        .map(|secret| signature::sign_standard(secret, &id, at, &message.body))
        .collect::<Result<_, _>>()?;
    let mut request = Request::post(&message.url)
        .header("webhook-id", &id)
        .header("webhook-timestamp", &at.timestamp().to_string())
        .header("webhook-signature", &signatures.join(" "));
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    if message.format == Format::Mwd {
        request = request.header("x-mwd-event-type", &message.kind);
        // This header has room for one: the newest.
        if let Some(secret) = message.signing.first() {
            let hex = signature::sign_hex(secret, &message.body);
            request = request.header("x-mwd-signature", &hex);
        }
    }
    if let Some(token) = &message.bearer {
        request = request.bearer(token);
    }
    Ok(request.json_bytes(message.body.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_2xx_is_success() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(refusal(status), None, "{status}");
        }
        for status in [301, 308, 400, 401, 404, 410, 429, 500, 503] {
            assert!(refusal(status).is_some(), "{status}");
        }
    }
}
