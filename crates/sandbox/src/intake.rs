//! A sample intake, sent as the invoice system sends one: signed, over real HTTP.

use std::time::Duration;

use connector_kit::{
    CallError,
    http::{EgressPolicy, Http, Request},
    signature,
};
use connectors::invoice_system::simulator::WEBHOOK_SECRET;
use kernel::{Random, Secret, Timestamp};
use serde_json::{Map, Value, json};

const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// An intake ready to be sent.
#[derive(Debug)]
pub struct SampleIntake {
    pub event_id: String,
    body: Value,
}

/// A name that an intake has no field of.
#[derive(Debug, thiserror::Error)]
#[error("an intake has no field `{name}`; it has {known}")]
pub struct UnknownField {
    name: String,
    known: String,
}

/// What the platform answered to an intake.
#[derive(Debug)]
pub struct IntakeAnswer {
    pub status: u16,
    pub body: String,
}

impl SampleIntake {
    /// From a client who is new each time, so that it can be sent again. What is given of `intake_data`, such as
    /// `company_name`, takes the place of the sample's.
    ///
    /// # Errors
    /// The names that it may have, when one is given that it has not.
    pub(crate) fn new(
        now: Timestamp,
        random: &dyn Random,
        given: Map<String, Value>,
    ) -> Result<Self, UnknownField> {
        let mut bytes = [0_u8; 16];
        random.fill(&mut bytes);
        let event_id = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
        let number =
            bytes.iter().take(3).fold(0_u32, |sum, byte| sum * 256 + u32::from(*byte)) % 10_000;
        let mut body = json!({
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
        if let Some(fields) = body["intake_data"].as_object_mut() {
            for (name, value) in given {
                let Some(field) = fields.get_mut(&name) else {
                    let known = fields.keys().cloned().collect::<Vec<_>>().join(", ");
                    return Err(UnknownField { name, known });
                };
                *field = value;
            }
        }
        Ok(Self { event_id, body })
    }

    /// Who fills it in.
    pub fn company_name(&self) -> &str {
        self.body["intake_data"]["company_name"].as_str().unwrap_or_default()
    }

    /// Sends it to the platform at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When nothing answers there.
    pub(crate) async fn send(&self, base: &str) -> Result<IntakeAnswer, CallError> {
        let host = base.split_once("://").map_or(base, |(_, host)| host);
        let http = Http::new(EgressPolicy { allowed_private_hosts: vec![host.to_owned()] });
        let body = self.body.to_string().into_bytes();
        let signature = signature::sign_hex(&Secret::new(WEBHOOK_SECRET), &body);
        let request = Request::post(&format!("{base}/api/intake"))
            .header("x-mwd-event-type", "client.intake.submitted")
            .header("x-mwd-signature", &signature)
            .json_bytes(body);
        let answer = http.send(request, SEND_TIMEOUT).await?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        Ok(IntakeAnswer { status: answer.status, body })
    }
}
