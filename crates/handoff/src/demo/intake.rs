//! A sample intake, sent as the invoice system sends one: signed, over real HTTP.

use std::time::Duration;

use anyhow::Context as _;
use connector_kit::{
    http::{EgressPolicy, Http, Request},
    signature,
};
use kernel::{Random, Secret, Timestamp};
use serde_json::{Value, json};

use crate::node::Node;

const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// An intake ready to be sent.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) event_id: String,
    pub(crate) body: Value,
}

/// A client who is new each time, so that the demo can be run again.
pub(crate) fn sample(now: Timestamp, random: &dyn Random) -> Sample {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    let event_id = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
    let number =
        bytes.iter().take(3).fold(0_u32, |sum, byte| sum * 256 + u32::from(*byte)) % 10_000;
    let body = json!({
        "event_type": "client.intake.submitted",
        "event_id": event_id,
        "timestamp": now,
        "intake_data": {
            "company_name": format!("TechFlow Solutions {number:04}"),
            "industry": "B2B SaaS",
            "target_audience": "Enterprise software teams",
            "key_services": ["Website Design", "Branding", "Social Media"],
            "brand_values": ["Innovation", "Trust", "Efficiency"],
            "competitors": ["Competitor A", "Competitor B"],
            "unique_selling_point": "AI-powered workflow automation",
            "project_goals": ["Launch new brand", "Increase conversions", "Build authority"],
            "budget": "$50,000 - $75,000",
            "timeline": "3-4 months",
            "contact_email": format!("john.smith+{number:04}@techflow.example"),
            "contact_name": "John Smith",
            "phone": "+1-555-0123",
        },
        "invoice_system_metadata": {
            "lead_id": format!("lead_demo_{event_id}"),
            "form_id": "intake_form_v2",
            "source": "website_form",
            "assigned_to": "sales_team",
        },
    });
    Sample { event_id, body }
}

/// Sends it, and returns the answer's body.
pub(crate) async fn send(node: &Node, secret: &Secret, sample: &Sample) -> anyhow::Result<String> {
    let body = serde_json::to_vec(&sample.body)?;
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![node.address.to_string()] });
    let request = Request::post(&format!("http://{}/api/intake", node.address))
        .header("x-mwd-event-type", "client.intake.submitted")
        .header("x-mwd-signature", &signature::sign_hex(secret, &body))
        .json(&sample.body);
    let answer = http.send(request, SEND_TIMEOUT).await.context("the webhook could not be sent")?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    anyhow::ensure!(answer.status == 200, "the webhook was answered {}: {text}", answer.status);
    Ok(text)
}
