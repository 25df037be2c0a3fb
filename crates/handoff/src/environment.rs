//! The environment variables that set up a single tenant, so that its operator never meets tenants.

use kernel::Secret;
use serde_json::{Value, json};

use crate::config::{secret, text};

/// Which AI to use: the first key that is set decides.
#[derive(Debug, Clone, Default)]
struct AiEnvironment {
    anthropic_key: Option<Secret>,
    openai_key: Option<Secret>,
    base_url: Option<String>,
    model: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct SlackEnvironment {
    bot_token: Option<Secret>,
    channel: Option<String>,
    api_url: Option<String>,
}

/// What the environment says about the only tenant.
#[derive(Debug, Clone, Default)]
pub struct TenantEnvironment {
    pub invoice_system_url: Option<String>,
    pub invoice_system_key: Option<Secret>,
    pub webhook_secret: Option<Secret>,
    pub shared_token: Option<Secret>,
    ai: AiEnvironment,
    slack: SlackEnvironment,
}

/// The variables, for `handoff doctor` and the documentation.
pub const VARIABLES: &[(&str, &str)] = &[
    ("MWD_INVOICE_SYSTEM_URL", "base URL of the invoice system"),
    ("MWD_INVOICE_SYSTEM_API_KEY", "our key at the invoice system"),
    ("MWD_WEBHOOK_SECRET", "the secret that signs webhooks between the two"),
    ("MWD_SHARED_TOKEN", "the bearer token the invoice system presents (optional)"),
    ("SLACK_BOT_TOKEN", "Slack bot token, xoxb-…"),
    ("SLACK_CHANNEL", "id of the Slack channel for the team, C0123ABCD"),
    ("SLACK_API_URL", "where Slack's Web API is, where it is not Slack's own"),
    ("ANTHROPIC_API_KEY", "use Anthropic for AI"),
    ("OPENAI_API_KEY", "use OpenAI, or a compatible API, for AI"),
    ("AI_BASE_URL", "base URL of the AI's API, where it is not the provider's own"),
    ("AI_MODEL", "model to ask, where it is not the default"),
];

impl TenantEnvironment {
    pub(crate) fn read() -> Self {
        Self {
            invoice_system_url: text("MWD_INVOICE_SYSTEM_URL"),
            invoice_system_key: secret("MWD_INVOICE_SYSTEM_API_KEY"),
            webhook_secret: secret("MWD_WEBHOOK_SECRET"),
            shared_token: secret("MWD_SHARED_TOKEN"),
            ai: AiEnvironment {
                anthropic_key: secret("ANTHROPIC_API_KEY"),
                openai_key: secret("OPENAI_API_KEY"),
                base_url: text("AI_BASE_URL"),
                model: text("AI_MODEL"),
            },
            slack: SlackEnvironment {
                bot_token: secret("SLACK_BOT_TOKEN"),
                channel: text("SLACK_CHANNEL"),
                api_url: text("SLACK_API_URL"),
            },
        }
    }

    /// Whether a default tenant is wanted.
    pub fn is_set(&self) -> bool {
        self.invoice_system_url.is_some()
            || self.invoice_system_key.is_some()
            || self.webhook_secret.is_some()
    }

    /// The connections that are fully described: connector and settings.
    pub fn connections(&self) -> Vec<(&'static str, Value)> {
        let mut connections = vec![("ai", self.ai_settings())];
        if let (Some(url), Some(key)) = (&self.invoice_system_url, &self.invoice_system_key) {
            let mut settings = json!({ "base_url": url, "api_key": key.expose() });
            put(&mut settings, "webhook_secret", self.webhook_secret.as_ref().map(Secret::expose));
            put(&mut settings, "shared_token", self.shared_token.as_ref().map(Secret::expose));
            connections.push(("invoice_system", settings));
        }
        if let (Some(token), Some(channel)) = (&self.slack.bot_token, &self.slack.channel) {
            let mut settings = json!({ "bot_token": token.expose(), "channel": channel });
            put(&mut settings, "base_url", self.slack.api_url.as_deref());
            connections.push(("slack", settings));
        }
        connections
    }

    fn ai_settings(&self) -> Value {
        let (provider, key) = match (&self.ai.anthropic_key, &self.ai.openai_key) {
            (Some(key), _) => ("anthropic", Some(key)),
            (None, Some(key)) => ("openai", Some(key)),
            (None, None) => ("offline", None),
        };
        let mut settings = json!({ "provider": provider });
        put(&mut settings, "api_key", key.map(Secret::expose));
        if provider != "offline" {
            put(&mut settings, "base_url", self.ai.base_url.as_deref());
            put(&mut settings, "model", self.ai.model.as_deref());
        }
        settings
    }

    /// Variables that are set without the others they need: what is set, and what is missing.
    pub fn half_set(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mwd = [
            ("MWD_INVOICE_SYSTEM_URL", self.invoice_system_url.is_some()),
            ("MWD_INVOICE_SYSTEM_API_KEY", self.invoice_system_key.is_some()),
            ("MWD_WEBHOOK_SECRET", self.webhook_secret.is_some()),
        ];
        let slack = [
            ("SLACK_BOT_TOKEN", self.slack.bot_token.is_some()),
            ("SLACK_CHANNEL", self.slack.channel.is_some()),
        ];
        for group in [&mwd[..], &slack[..]] {
            let names = |wanted: bool| -> Vec<&str> {
                group.iter().filter(|(_, set)| *set == wanted).map(|(name, _)| *name).collect()
            };
            let (set, unset) = (names(true), names(false));
            if !set.is_empty() && !unset.is_empty() {
                let verb = if set.len() == 1 { "is" } else { "are" };
                found.push(format!("{} {verb} set without {}", set.join(", "), unset.join(", ")));
            }
        }
        found
    }
}

fn put(settings: &mut Value, name: &str, value: Option<&str>) {
    if let (Some(object), Some(value)) = (settings.as_object_mut(), value) {
        object.insert(name.to_owned(), Value::from(value));
    }
}
