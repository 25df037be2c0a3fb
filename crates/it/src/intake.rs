//! An intake as the invoice system sends it.

use connector_kit::signature;
use kernel::{Clock as _, Secret, SystemClock, Timestamp};
use serde_json::{Value, json};

use crate::{Answer, Client};

/// How an intake is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// `X-MWD-Signature`: the hexadecimal HMAC of the body.
    Contract,
    /// The three headers of Standard Webhooks.
    Standard,
    /// With somebody else's secret.
    Forged,
    None,
}

/// One event and its bytes.
#[derive(Debug, Clone)]
pub struct Intake {
    pub event_id: String,
    pub body: Value,
}

impl Intake {
    /// A valid one. Different numbers are different clients.
    pub fn numbered(number: u32) -> Self {
        let event_id = format!("7c9e6679-7425-40de-944b-{number:012}");
        let body = json!({
            "event_type": "client.intake.submitted",
            "event_id": event_id,
            "timestamp": SystemClock.now(),
            "intake_data": {
                "company_name": format!("TechFlow Solutions {number}"),
                "industry": "B2B SaaS",
                "target_audience": "Enterprise software teams",
                "key_services": ["Website Design", "Branding", "Social Media"],
                "brand_values": ["Innovation", "Trust", "Efficiency"],
                "competitors": ["Competitor A", "Competitor B"],
                "unique_selling_point": "AI-powered workflow automation",
                "project_goals": ["Launch new brand", "Increase conversions"],
                "budget": "$50,000 - $75,000",
                "timeline": "3-4 months",
                "contact_email": format!("john.smith+{number}@techflow.example"),
                "contact_name": "John Smith",
                "phone": "+1-555-0123",
            },
            "invoice_system_metadata": {
                "lead_id": format!("lead_{number}"),
                "form_id": "intake_form_v2",
                "source": "website_form",
                "assigned_to": "sales_team",
            },
        });
        Self { event_id, body }
    }

    /// The same with another value at a place in the body.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        *self.body.pointer_mut(pointer).unwrap() = value;
        self
    }

    /// Sends it as a sender with the sandbox's secret does.
    pub async fn send(&self, client: &Client, signing: Signing) -> Answer {
        let body = self.body.to_string().into_bytes();
        send(client, signing, &self.event_id, SystemClock.now(), body).await
    }
}

/// Signs any bytes and sends them as an intake.
pub async fn send(
    client: &Client,
    signing: Signing,
    id: &str,
    at: Timestamp,
    body: Vec<u8>,
) -> Answer {
    let to = ("/api/intake", "client.intake.submitted");
    send_to(client, to, signing, id, at, body).await
}

/// Signs any bytes and sends them to an address, as an event of a type.
pub async fn send_to(
    client: &Client,
    (path, event_type): (&str, &str),
    signing: Signing,
    id: &str,
    at: Timestamp,
    body: Vec<u8>,
) -> Answer {
    let secret = match signing {
        Signing::Forged => Secret::new("whsec_Zm9yZ2VkLWZvcmdlZC1mb3JnZWQ="),
        _ => Secret::new(sandbox::WEBHOOK_SECRET),
    };
    let mut headers = vec![("x-mwd-event-type".to_owned(), event_type.to_owned())];
    match signing {
        Signing::None => {}
        Signing::Contract | Signing::Forged => {
            headers.push(("x-mwd-signature".to_owned(), signature::sign_hex(&secret, &body)));
        }
        Signing::Standard => {
            let signature = signature::sign_standard(&secret, id, at, &body).unwrap();
            headers.push(("webhook-id".to_owned(), id.to_owned()));
            headers.push(("webhook-timestamp".to_owned(), at.timestamp().to_string()));
            headers.push(("webhook-signature".to_owned(), signature));
        }
    }
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.send_bytes("POST", path, &headers, Some(body)).await
}
