//! Intakes as the invoice system sends them: signed, and sent again until they are acknowledged.

use std::time::{Duration, Instant};

use connector_kit::signature;
use kernel::{Clock as _, Secret, SystemClock};
use serde_json::json;

const RETRY_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);

/// A signed body.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) event_id: String,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: String,
}

/// The intake of client `number` of a trial.
pub(crate) fn sign(trial: &str, number: usize) -> Signed {
    let event_id = format!("{trial}-{number:06}");
    let body = json!({
        "event_type": "client.intake.submitted",
        "event_id": event_id,
        "timestamp": SystemClock.now(),
        "intake_data": {
            "company_name": format!("Client {number} of {trial}"),
            "industry": "B2B SaaS",
            "target_audience": "Enterprise software teams",
            "key_services": ["Website Design", "Branding", "Social Media"],
            "brand_values": ["Innovation", "Trust", "Efficiency"],
            "unique_selling_point": "AI-powered workflow automation",
            "project_goals": ["Launch new brand", "Increase conversions"],
            "budget": "$50,000 - $75,000",
            "timeline": "3-4 months",
            "contact_email": format!("client{number}@{trial}.example"),
            "contact_name": "John Smith",
        },
        "invoice_system_metadata": { "form_id": "intake_form_v2", "source": "website_form" },
    });
    let body = body.to_string().into_bytes();
    let signature = signature::sign_hex(&Secret::new(sandbox::WEBHOOK_SECRET), &body);
    Signed { event_id, body, signature }
}

/// An answer other than 200.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    status: u16,
    has_retry_after: bool,
}

impl Refusal {
    /// The only way in which a genuine intake may be refused.
    pub(crate) fn says_when_to_come_back(self) -> bool {
        self.status == 503 && self.has_retry_after
    }
}

/// Sends it once. None when no answer came.
async fn send_once(
    client: &reqwest::Client,
    url: &str,
    intake: &Signed,
) -> Option<Result<(), Refusal>> {
    let answer = client
        .post(format!("{url}/api/intake"))
        .header("content-type", "application/json")
        .header("x-mwd-event-type", "client.intake.submitted")
        .header("x-mwd-signature", &intake.signature)
        .body(intake.body.clone())
        .send()
        .await
        .ok()?;
    let refusal = Refusal {
        status: answer.status().as_u16(),
        has_retry_after: answer.headers().contains_key("retry-after"),
    };
    answer.bytes().await.ok()?;
    Some(if refusal.status == 200 { Ok(()) } else { Err(refusal) })
}

/// Sends it until it is acknowledged. Says how it was refused before.
pub(crate) async fn send(
    client: &reqwest::Client,
    url: &str,
    intake: &Signed,
) -> anyhow::Result<Vec<Refusal>> {
    let deadline = Instant::now() + PATIENCE;
    let mut refusals = Vec::new();
    while Instant::now() < deadline {
        match send_once(client, url, intake).await {
            Some(Ok(())) => return Ok(refusals),
            Some(Err(refusal)) => refusals.push(refusal),
            None => {}
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
    anyhow::bail!("{} was not acknowledged within {PATIENCE:?}", intake.event_id)
}
