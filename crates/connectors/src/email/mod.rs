//! E-mail over SMTP: send a message through the business's own mail server.
//!
//! Auth: PLAIN or LOGIN over TLS. An e-mail has no key that a server honours, so nothing is sent twice.
//! Docs: RFC 5321 (SMTP), 4954 (AUTH), 8314 (TLS), 5322 (messages).

mod client;
mod functions;
mod message;

pub mod simulator;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use connector_kit::{Connector, Effect, Function};
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Security {
    /// From the first byte, usually on port 465.
    Tls,
    /// After `STARTTLS`, usually on port 587. A server that does not offer it is refused.
    #[default]
    Starttls,
    /// Not at all; only for hosts that the operator allows.
    None,
}

impl Security {
    fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

/// A tenant's settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Name of the mail server, such as `smtp.example.com`.
    #[schemars(length(min = 1, max = 253))]
    pub(crate) host: String,
    /// The usual port of `security` when absent.
    #[serde(default)]
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) security: Security,
    /// Absent for a server that asks for no authentication.
    #[serde(default)]
    #[schemars(length(min = 1, max = 320))]
    pub(crate) username: Option<String>,
    #[serde(default)]
    pub(crate) password: Option<Secret>,
    /// The sender's address, such as `hello@example.com`.
    #[schemars(extend("format" = "email"), length(max = 254))]
    pub(crate) from: String,
    /// The sender's name.
    #[serde(default)]
    #[schemars(length(max = 120), regex(pattern = r"^[^\x00-\x1f\x7f]*$"))]
    pub(crate) from_name: Option<String>,
}

impl Settings {
    fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.security.usual_port())
    }
}

/// The connector.
pub fn connector() -> Connector {
    Connector {
        id: "email",
        title: "E-mail (SMTP)",
        settings: schemars::schema_for!(Settings).to_value(),
        functions: vec![Function::new(
            "send",
            "Sends an e-mail.",
            Effect::AtMostOnce,
            functions::send,
        )],
        check: Arc::new(|call| Box::pin(functions::check(call))),
    }
}
