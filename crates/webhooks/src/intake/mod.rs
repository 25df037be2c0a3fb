//! `POST /api/intake` and `POST /api/project/status`: what the invoice system sends.
//!
//! The order of the checks is the point: size, who is it for, is it genuine, is it fresh, is it well
//! formed; then it is stored, and only then answered.

mod body;
mod get;
mod get_status;
mod status;
mod verify;
mod webhook;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{App, Problem};
use futures::future::BoxFuture;
use kernel::{
    Event, Secret, TenantId,
    trace::{self, Kind as SpanKind, Span},
};
use serde_json::Value;
use store::{StoreError, measurements::Series};

pub(crate) use get::operation as get_intake;
pub(crate) use get_status::operation as get_project_status_change;
pub(crate) use webhook::read;
pub use webhook::{Kind, Webhook};

use crate::{Delivery, Receiver, Stored};

/// The event an accepted intake becomes.
pub const INTAKE_SUBMITTED: &str = "client.intake.submitted";
/// The event an accepted change of a project's status becomes.
pub const PROJECT_STATUS_CHANGED: &str = "project.status.changed";
/// Where such events come from, whatever their type.
pub const EVENT_SOURCE: &str = "handoff/webhooks";
/// The name of the sending system, as stored with each delivery.
pub const SOURCE: &str = "invoice_system";

/// The largest body that is read.
pub const BODY_MAX: usize = 1024 * 1024;
/// How long a sender waits for us at the most.
const DEADLINE: Duration = Duration::from_secs(10);
/// When a sender should come back that waited so long.
const COME_BACK: Duration = Duration::from_secs(2);

/// The secrets that a tenant shares with a system that sends webhooks.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// Signing secrets that are valid at the moment: two while one is being replaced.
    pub signing: Vec<Secret>,
    /// The bearer token the sender must present, where it is not one of ours.
    pub bearer: Option<Secret>,
}

/// Where shared secrets are found.
pub trait SharedSecrets: Send + Sync {
    fn of<'a>(
        &'a self,
        tenant: TenantId,
        source: &'a str,
    ) -> BoxFuture<'a, Result<Shared, StoreError>>;
}

/// What the endpoint needs.
pub struct Intake {
    pub app: Arc<App>,
    pub receiver: Receiver,
    pub secrets: Arc<dyn SharedSecrets>,
    /// Whom a sender without one of our tokens speaks to, where there is one tenant only.
    pub default_tenant: Option<TenantId>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake")
            .field("default_tenant", &self.default_tenant)
            .finish_non_exhaustive()
    }
}

/// The addresses senders use. Every answer that is not a success is `application/problem+json`.
pub fn router(intake: Arc<Intake>) -> Router {
    // The server's own fallbacks know only the server's own routes.
    let receiving = |kind: Kind| {
        post(move |State(intake): State<Arc<Intake>>, headers: HeaderMap, body: Received| async move {
            receive(kind, &intake, &headers, body).await
        })
        .fallback(domain::http::method_not_allowed)
    };
    Router::new()
        .route(Kind::Intake.address(), receiving(Kind::Intake))
        .route(Kind::ProjectStatus.address(), receiving(Kind::ProjectStatus))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(intake)
}

/// The bytes that came, or why they did not.
type Received = Result<Bytes, BytesRejection>;

async fn receive(kind: Kind, intake: &Intake, headers: &HeaderMap, body: Received) -> Response {
    metrics::counter!("handoff_webhooks_received_total", "source" => SOURCE).increment(1);
    let clock = intake.app.db.clock();
    let began = clock.now();
    let accepted = match body {
        Ok(body) => {
            let accepting = accept(kind, intake, headers, &body);
            tokio::time::timeout(DEADLINE, accepting).await.unwrap_or_else(|_elapsed| {
                let detail = "it took too long to store this; send it again, it is stored once";
                Err(Problem::new("timeout", detail).retry_after(COME_BACK))
            })
        }
        Err(rejection) => Err(unreadable(&rejection)),
    };
    let status = match &accepted {
        Ok((status, _)) => *status,
        Err(problem) => problem.status(),
    };
    let name = match kind {
        Kind::Intake => "receive_intake",
        Kind::ProjectStatus => "receive_project_status",
    };
    domain::http::record(name, status, clock.now() - began);
    match accepted {
        Ok((status, body)) => answer(status, body),
        Err(problem) => {
            metrics::counter!("handoff_webhooks_refused_total", "source" => SOURCE, "code" => problem.code())
                .increment(1);
            problem.into_response()
        }
    }
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new("body-too-large", format!("send at most {BODY_MAX} bytes"));
    }
    Problem::new("malformed-json", "the body ended early; send it again")
}

fn answer(status: u16, body: Vec<u8>) -> Response {
    let kind = if status < 400 { "application/json" } else { "application/problem+json" };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

async fn accept(
    kind: Kind,
    intake: &Intake,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(u16, Vec<u8>), Problem> {
    let tenant = verify::tenant(intake, headers).await?;
    let db = &intake.app.db;
    let began = db.clock().now();
    let accepted = accept_for(kind, intake, tenant, headers, body).await;
    let taken = (db.clock().now() - began).to_std().unwrap_or_default();
    let refused = accepted.as_ref().err().map(|problem| format!("{SOURCE}/{}", problem.code()));
    db.measure(tenant, Series::WebhookReceived, SOURCE, taken, refused.is_some());
    if let Some(refused) = refused {
        db.measure(tenant, Series::WebhookReceived, &refused, taken, true);
    }
    accepted
}

async fn accept_for(
    kind: Kind,
    intake: &Intake,
    tenant: TenantId,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(u16, Vec<u8>), Problem> {
    let now = intake.app.db.clock().now();
    let verified_by = match verify::signature(intake, tenant, headers, body, now).await {
        Ok(verified_by) => verified_by,
        Err(problem) => {
            verify::report_forgery(&intake.app, tenant, problem.code());
            return Err(verify::with_hint(intake, headers, problem).await);
        }
    };
    // Only who proved it is the sender has a word in a trace.
    let given = headers.get("traceparent").and_then(|value| value.to_str().ok());
    let span = Span::begin_at(kind.address(), SpanKind::Server, given, Some(now.into()));
    span.set("handoff.tenant", || tenant.to_string().into());
    if let Some(trace_id) = span.trace_id() {
        tracing::Span::current().record("trace_id", trace_id);
    }
    let answered = span.within(store(kind, intake, tenant, headers, body, verified_by)).await;
    let status = answered.as_ref().map_or_else(Problem::status, |(status, _)| *status);
    span.set("http.response.status_code", || i64::from(status).into());
    if 500 <= status {
        span.failed();
    }
    answered
}

/// Stores what is genuine, whether it is well formed or not.
async fn store(
    kind: Kind,
    intake: &Intake,
    tenant: TenantId,
    headers: &HeaderMap,
    body: &Bytes,
    verified_by: &'static str,
) -> Result<(u16, Vec<u8>), Problem> {
    let now = intake.app.db.clock().now();
    let parsed = body::parse(kind, headers, body, now);
    let delivery = match &parsed {
        Ok(webhook) => accepted(intake, tenant, headers, body, verified_by, webhook),
        Err(problem) if problem.status() == 422 => {
            invalid(intake, tenant, headers, body, verified_by, problem)
        }
        Err(_) => return Err(parsed.err().unwrap_or_else(|| Problem::not_found("webhook"))),
    };
    let (status, answer) = (delivery.response_status, delivery.response_body.clone());
    match intake.receiver.store(delivery).await? {
        Stored::New => Ok((status, answer)),
        Stored::Duplicate { status, body } => {
            metrics::counter!("handoff_webhooks_duplicate_total", "source" => SOURCE).increment(1);
            Ok((status, body))
        }
    }
}

fn accepted(
    intake: &Intake,
    tenant: TenantId,
    headers: &HeaderMap,
    body: &Bytes,
    verified_by: &'static str,
    webhook: &Webhook,
) -> Delivery {
    let db = &intake.app.db;
    let id = db.new_id();
    let event = Event {
        id: db.new_id(),
        source: EVENT_SOURCE.to_owned(),
        kind: webhook.kind().event_type().to_owned(),
        subject: Some(id.to_string()),
        time: db.clock().now(),
        data: webhook.facts(id),
        attributes: serde_json::Map::new(),
        traceparent: trace::current(),
    };
    Delivery {
        id,
        tenant,
        source: SOURCE.to_owned(),
        kind: webhook.kind().event_type().to_owned(),
        dedupe_key: Some(webhook.event_id().to_owned()),
        headers: kept(headers),
        body: body.to_vec(),
        verified_by,
        received_at: event.time,
        response_status: 200,
        response_body: webhook.answer().to_string().into_bytes(),
        event: Some(event),
    }
}

fn invalid(
    intake: &Intake,
    tenant: TenantId,
    headers: &HeaderMap,
    body: &Bytes,
    verified_by: &'static str,
    problem: &Problem,
) -> Delivery {
    Delivery {
        id: intake.app.db.new_id(),
        tenant,
        source: SOURCE.to_owned(),
        // The sender's word for it; nothing where it has none.
        kind: body::claimed_type(body).unwrap_or_default(),
        // A corrected delivery may come under the same event id, so this one does not take it.
        dedupe_key: None,
        headers: kept(headers),
        body: body.to_vec(),
        verified_by,
        received_at: intake.app.db.clock().now(),
        response_status: problem.status(),
        response_body: problem.body(None).to_string().into_bytes(),
        event: None,
    }
}

/// The headers worth keeping: none that holds a credential.
fn kept(headers: &HeaderMap) -> Value {
    const KEPT: [&str; 8] = [
        "content-type",
        "user-agent",
        "x-mwd-event-type",
        "x-mwd-signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "x-request-id",
    ];
    let pairs = KEPT.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), Value::from(value)))
    });
    Value::Object(pairs.collect())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};

    use super::*;

    #[tokio::test]
    async fn a_body_that_is_too_large_is_a_problem_like_every_other() {
        let request = Request::new(Body::from(vec![b' '; 3 * BODY_MAX]));
        let refused = <Bytes as axum::extract::FromRequest<()>>::from_request(request, &()).await;
        let problem = unreadable(&refused.unwrap_err());
        assert_eq!((problem.code(), problem.status()), ("body-too-large", 413));
    }
}
