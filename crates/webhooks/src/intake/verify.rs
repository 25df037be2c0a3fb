//! Whom an intake is for, and whether it is genuine.

use std::sync::Arc;

use axum::http::HeaderMap;
use connector_kit::signature::{self, Unverified};
use domain::{App, Problem, messaging::alert_rules};
use kernel::{Secret, TenantId, Timestamp};

use super::{Intake, SOURCE};

/// What our own tokens begin with.
const OUR_TOKENS: &str = "hof_";

/// The tenant that the bearer token stands for; without one of our tokens, the only tenant there is.
///
/// A token that is not ours is compared where the connection names one to expect. Where it names none,
/// any is accepted, because senders present tokens of their own: the signature is what proves them.
pub(super) async fn tenant(intake: &Intake, headers: &HeaderMap) -> Result<TenantId, Problem> {
    let bearer = bearer(headers);
    if let Some(token) = bearer
        && token.starts_with(OUR_TOKENS)
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
        return standard(&shared.signing, id, timestamp, signatures, body, now);
    }
    let given = text("x-mwd-signature").ok_or_else(forged)?;
    let genuine = |secret: &Secret| signature::verify_hex(secret, body, given, "sha256=").is_ok();
    if shared.signing.iter().any(genuine) { Ok("x-mwd-signature") } else { Err(forged()) }
}

/// A right signature of another time is no forgery, and no reason to wake anybody.
fn standard(
    secrets: &[Secret],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<&'static str, Problem> {
    let verify = |at| signature::verify_standard(secrets, id, timestamp, signatures, body, at);
    match verify(now) {
        Ok(()) => Ok("standard-webhooks"),
        Err(Unverified::Stale) => {
            let sent = timestamp.parse().ok().and_then(|at| Timestamp::from_timestamp(at, 0));
            match sent {
                Some(sent) if verify(sent).is_ok() => Err(stale(now - sent)),
                _ => Err(forged()),
            }
        }
        Err(_) => Err(forged()),
    }
}

fn stale(age: chrono::TimeDelta) -> Problem {
    let minutes = signature::TOLERANCE_SECONDS / 60;
    let direction = if age < chrono::TimeDelta::zero() { "future" } else { "past" };
    Problem::new(
        "webhook-stale",
        format!(
            "the signature is right, but its `webhook-timestamp` lies more than {minutes} minutes in the {direction}; check the sender's clock, and sign the event anew when sending it again"
        ),
    )
}

const HOW_TO_SIGN: &str = "sign the raw body with the shared secret (HMAC-SHA256, hex) in X-MWD-Signature, or use Standard Webhooks headers";

fn forged() -> Problem {
    Problem::new("signature-invalid", HOW_TO_SIGN)
}

/// A wrong signature may be a right one of another tenant, whose token was forgotten.
pub(super) async fn with_hint(intake: &Intake, headers: &HeaderMap, problem: Problem) -> Problem {
    let names_tenant = bearer(headers).is_some_and(|token| token.starts_with(OUR_TOKENS));
    if problem.code() != "signature-invalid" || names_tenant {
        return problem;
    }
    match domain::identity::tenants::list_tenants(&intake.app.db).await {
        Ok(tenants) if 1 < tenants.len() => Problem::new(
            "signature-invalid",
            format!(
                "{HOW_TO_SIGN}; this server has several tenants and no token of one was sent, so say whom it is for with `Authorization: Bearer hof_…`, a token that `handoff token create NAME --role partner --tenant SLUG` makes"
            ),
        ),
        // A hint is not worth a failure.
        Ok(_) | Err(_) => problem,
    }
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
        let raised = async {
            let mut tx = app.db.tenant(tenant).await?;
            alert_rules::raise_signature_failure(&mut tx, SOURCE).await?;
            tx.commit().await?;
            Ok::<(), Problem>(())
        };
        if let Err(problem) = raised.await {
            tracing::error!(detail = problem.detail(), "the security alert could not be raised");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_signature_of_another_time_is_late_and_a_wrong_one_is_forged() {
        let secrets = [Secret::new("whsec_c2VjcmV0")];
        let sent: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
        let at = sent.timestamp().to_string();
        let genuine = signature::sign_standard(&secrets[0], "msg_1", sent, b"{}").unwrap();
        let judge = |signature: &str, minutes: i64| {
            let now = sent + chrono::TimeDelta::minutes(minutes);
            standard(&secrets, "msg_1", &at, signature, b"{}", now)
                .map_err(|problem| (problem.code(), problem.detail().to_owned()))
        };
        assert!(judge(&genuine, 0).is_ok() && judge(&genuine, 5).is_ok());
        for (minutes, word) in [(10, "past"), (-10, "future")] {
            let (code, detail) = judge(&genuine, minutes).unwrap_err();
            assert_eq!(code, "webhook-stale");
            assert!(detail.contains(word), "{detail}");
            let forged = signature::sign_standard(&secrets[0], "msg_1", sent, b"[]").unwrap();
            assert_eq!(judge(&forged, minutes).unwrap_err().0, "signature-invalid");
        }
    }
}
