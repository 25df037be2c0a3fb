//! Whom an intake is for, and whether it is genuine.

use std::sync::Arc;

use axum::http::HeaderMap;
use connector_kit::signature;
use domain::{App, Problem};
use kernel::{Secret, TenantId, Timestamp};
use serde_json::json;

use super::{Intake, SOURCE};

/// The tenant that the bearer token stands for; without one of our tokens, the only tenant there is.
pub(super) async fn tenant(intake: &Intake, headers: &HeaderMap) -> Result<TenantId, Problem> {
    let bearer = bearer(headers);
    if let Some(token) = bearer
        && token.starts_with("hof_")
    {
        let caller = intake.app.authenticate(token).await?;
        caller.require(domain::Permission::SubmitWebhooks)?;
        return Ok(caller.tenant);
    }
    let Some(tenant) = intake.default_tenant else { return Err(unauthenticated()) };
    let shared = intake.secrets.of(tenant, SOURCE).await?;
    match (&shared.bearer, bearer) {
        (None, _) => Ok(tenant),
        (Some(expected), Some(given)) if signature::same(expected.expose(), given) => Ok(tenant),
        (Some(_), _) => Err(unauthenticated()),
    }
}

fn unauthenticated() -> Problem {
    Problem::new(
        "unauthenticated",
        "send a token of this tenant as `Authorization: Bearer …`; `handoff token create` makes one",
    )
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Checks the signature over the bytes as they arrived, and says by which scheme.
///
/// Standard Webhooks headers are preferred: where they are present, they decide.
pub(super) async fn signature(
    intake: &Intake,
    tenant: TenantId,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<&'static str, Problem> {
    let shared = intake.secrets.of(tenant, SOURCE).await?;
    if shared.signing.is_empty() {
        return Err(Problem::new(
            "webhook-not-configured",
            "this tenant shares no secret with the invoice system; set `webhook_secret` with `handoff connection set invoice_system`",
        ));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(signatures) = text("webhook-signature") {
        let (id, timestamp) = (text("webhook-id"), text("webhook-timestamp"));
        let (Some(id), Some(timestamp)) = (id, timestamp) else { return Err(forged()) };
        return signature::verify_standard(&shared.signing, id, timestamp, signatures, body, now)
            .map(|()| "standard-webhooks")
            .map_err(|_unverified| forged());
    }
    let given = text("x-mwd-signature").ok_or_else(forged)?;
    let genuine = |secret: &Secret| signature::verify_hex(secret, body, given, "sha256=").is_ok();
    if shared.signing.iter().any(genuine) { Ok("x-mwd-signature") } else { Err(forged()) }
}

fn forged() -> Problem {
    Problem::new(
        "signature-invalid",
        "sign the raw body with the shared secret (HMAC-SHA256, hex) in X-MWD-Signature, or use Standard Webhooks headers",
    )
}

/// Counts a wrong signature and tells a person, without making the sender wait.
pub(super) fn report_forgery(app: &Arc<App>, tenant: TenantId, code: &'static str) {
    if code != "signature-invalid" {
        return;
    }
    metrics::counter!("handoff_webhook_signatures_invalid_total", "source" => SOURCE).increment(1);
    let work = app.work.clone();
    let app = Arc::clone(app);
    work.spawn(async move {
        let alert = json!({
            "kind": "webhook.signature_invalid",
            "severity": "critical",
            "cause": format!("webhook.signature_invalid:{SOURCE}"),
            "title": "Somebody sends webhooks with a wrong signature in the invoice system's name",
            "detail": { "source": SOURCE },
        });
        let raised = async {
            let mut tx = app.db.tenant(tenant).await?;
            let caller = domain::Caller::system(tenant, "webhooks");
            app.registry.invoke(&mut tx, &caller, "raise_alert", alert).await?;
            tx.commit().await?;
            Ok::<(), Problem>(())
        };
        if let Err(problem) = raised.await {
            tracing::error!(detail = problem.detail(), "the security alert could not be raised");
        }
    });
}
