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

#[derive(Debug, Clone, Default)]
struct NotionEnvironment {
    token: Option<Secret>,
    data_source_id: Option<String>,
    api_url: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct SmtpEnvironment {
    host: Option<String>,
    port: Option<String>,
    security: Option<String>,
    username: Option<String>,
    password: Option<Secret>,
    from: Option<String>,
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
    notion: NotionEnvironment,
    smtp: SmtpEnvironment,
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
    ("NOTION_TOKEN", "token of the Notion integration, ntn_…"),
    ("NOTION_DATA_SOURCE_ID", "id of the Notion data source that pages are made in"),
    ("NOTION_API_URL", "where Notion's API is, where it is not Notion's own"),
    ("SMTP_HOST", "the mail server that e-mail is sent through"),
    ("SMTP_PORT", "its port, where it is not the usual one"),
    ("SMTP_SECURITY", "starttls (the default), tls (the default on port 465) or none"),
    ("SMTP_USERNAME", "user name at the mail server, if it asks for one"),
    ("SMTP_PASSWORD", "password at the mail server"),
    ("SMTP_FROM", "the address that e-mail comes from"),
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
            notion: NotionEnvironment {
                token: secret("NOTION_TOKEN"),
                data_source_id: text("NOTION_DATA_SOURCE_ID"),
                api_url: text("NOTION_API_URL"),
            },
            smtp: SmtpEnvironment {
                host: text("SMTP_HOST"),
                port: text("SMTP_PORT"),
                security: text("SMTP_SECURITY"),
                username: text("SMTP_USERNAME"),
                password: secret("SMTP_PASSWORD"),
                from: text("SMTP_FROM"),
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
        if let (Some(token), Some(data_source)) = (&self.notion.token, &self.notion.data_source_id)
        {
            let mut settings = json!({ "token": token.expose(), "data_source_id": data_source });
            put(&mut settings, "base_url", self.notion.api_url.as_deref());
            connections.push(("notion", settings));
        }
        connections.extend(self.smtp_settings().map(|settings| ("email", settings)));
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

    fn smtp_settings(&self) -> Option<Value> {
        let smtp = &self.smtp;
        let mut settings = json!({ "host": smtp.host.as_ref()?, "from": smtp.from.as_ref()? });
        if let Some(port) = &smtp.port {
            // What is no number is refused with the field's name when the connection is set.
            settings["port"] = port.parse::<u16>().map_or_else(|_| json!(port), |port| json!(port));
        }
        let implied = (smtp.port.as_deref() == Some("465")).then_some("tls");
        put(&mut settings, "security", smtp.security.as_deref().or(implied));
        put(&mut settings, "username", smtp.username.as_deref());
        put(&mut settings, "password", smtp.password.as_ref().map(Secret::expose));
        Some(settings)
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
        let notion = [
            ("NOTION_TOKEN", self.notion.token.is_some()),
            ("NOTION_DATA_SOURCE_ID", self.notion.data_source_id.is_some()),
        ];
        let smtp =
            [("SMTP_HOST", self.smtp.host.is_some()), ("SMTP_FROM", self.smtp.from.is_some())];
        let smtp_user = [
            ("SMTP_USERNAME", self.smtp.username.is_some()),
            ("SMTP_PASSWORD", self.smtp.password.is_some()),
        ];
        for group in [&mwd[..], &slack[..], &notion[..], &smtp[..], &smtp_user[..]] {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(smtp: SmtpEnvironment) -> TenantEnvironment {
        TenantEnvironment { smtp, ..TenantEnvironment::default() }
    }

    fn email(smtp: SmtpEnvironment) -> Option<Value> {
        let connections = with(smtp).connections();
        connections.into_iter().find(|(connector, _)| *connector == "email").map(|(_, it)| it)
    }

    #[test]
    fn a_mail_server_is_connected_once_its_host_and_sender_are_known() {
        let half = SmtpEnvironment {
            host: Some("smtp.example.com".to_owned()),
            username: Some("ada".to_owned()),
            ..SmtpEnvironment::default()
        };
        assert_eq!(email(half.clone()), None);
        assert_eq!(
            with(half.clone()).half_set(),
            ["SMTP_HOST is set without SMTP_FROM", "SMTP_USERNAME is set without SMTP_PASSWORD"]
        );
        let whole = SmtpEnvironment {
            from: Some("hello@example.com".to_owned()),
            port: Some("465".to_owned()),
            password: Some(Secret::new("x")),
            ..half
        };
        assert_eq!(
            email(whole),
            Some(json!({
                "host": "smtp.example.com", "from": "hello@example.com", "port": 465,
                "security": "tls", "username": "ada", "password": "x",
            }))
        );
    }
}
