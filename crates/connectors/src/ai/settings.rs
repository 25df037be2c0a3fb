//! How a tenant reaches a model: which dialect, which account, which model, at which price.

use connector_kit::CallError;
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// The dialect that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Provider {
    /// Anthropic's Messages API.
    Anthropic,
    /// Any OpenAI-compatible chat completions API: OpenAI, Gemini, Ollama, vLLM.
    OpenAi,
    /// The offline composer: no model, no account.
    Offline,
}

impl Provider {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Offline => "offline",
        }
    }
}

/// How an OpenAI-compatible server is asked for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerFormat {
    /// With the prompt's schema. Most servers know it.
    #[default]
    JsonSchema,
    /// Any JSON object, for servers that refuse schemas.
    JsonObject,
    /// In words only.
    Text,
}

/// What a million tokens cost, in US dollars.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub(super) input_per_million_usd: f64,
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub(super) output_per_million_usd: f64,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) provider: Provider,
    /// The account's key. Servers of one's own may need none.
    pub(super) api_key: Option<Secret>,
    /// The model's id; a current one when left out.
    pub(super) model: Option<String>,
    /// Where the API is, when not at the provider's own address: for Anthropic without `/v1`, for
    /// OpenAI-compatible servers with it.
    pub(super) base_url: Option<String>,
    /// Overrides the built-in price list.
    pub(super) prices: Option<Prices>,
    #[serde(default)]
    pub(super) answer_format: AnswerFormat,
}

const ANTHROPIC_URL: &str = "https://api.anthropic.com";
const ANTHROPIC_MODEL: &str = "claude-sonnet-5-5";
const OPENAI_URL: &str = "https://api.openai.com/v1";
const OPENAI_MODEL: &str = "gpt-6-sol";

impl Settings {
    pub(super) fn model(&self) -> &str {
        let default = match self.provider {
            Provider::Anthropic => ANTHROPIC_MODEL,
            Provider::OpenAi => OPENAI_MODEL,
            Provider::Offline => super::offline::MODEL,
        };
        match self.provider {
            Provider::Offline => default,
            Provider::Anthropic | Provider::OpenAi => self.model.as_deref().unwrap_or(default),
        }
    }

    /// The address of an endpoint, such as `/messages`.
    pub(super) fn url(&self, path: &str) -> String {
        let given = self.base_url.as_deref().map(|url| url.trim_end_matches('/'));
        match self.provider {
            // Both ways of writing the address are common, so both work.
            Provider::Anthropic => {
                let base = given.unwrap_or(ANTHROPIC_URL);
                format!("{}/v1{path}", base.strip_suffix("/v1").unwrap_or(base))
            }
            Provider::OpenAi | Provider::Offline => {
                format!("{}{path}", given.unwrap_or(OPENAI_URL))
            }
        }
    }

    /// Whether this is OpenAI itself rather than a compatible server.
    pub(super) fn is_openai_itself(&self) -> bool {
        self.base_url.as_deref().is_none_or(|url| url.starts_with("https://api.openai.com/"))
    }

    pub(super) fn required_key(&self) -> Result<&Secret, CallError> {
        self.api_key.as_ref().ok_or_else(|| {
            CallError::Credentials(format!(
                "the connection `ai` has no api_key for {}; set it with `handoff connection set \
                 ai`, or choose the provider `offline`, which needs none",
                self.provider.name()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(value: serde_json::Value) -> Settings {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn addresses_work_with_and_without_the_version() {
        for (provider, base, expected) in [
            ("anthropic", None, "https://api.anthropic.com/v1/messages"),
            (
                "anthropic",
                Some("http://x:1/sim/anthropic/"),
                "http://x:1/sim/anthropic/v1/messages",
            ),
            ("anthropic", Some("https://proxy.example/v1"), "https://proxy.example/v1/messages"),
            ("openai", None, "https://api.openai.com/v1/messages"),
            ("openai", Some("http://localhost:11434/v1/"), "http://localhost:11434/v1/messages"),
        ] {
            let settings = settings(json!({"provider": provider, "base_url": base}));
            assert_eq!(settings.url("/messages"), expected);
        }
    }

    #[test]
    fn the_offline_composer_never_goes_by_the_name_of_a_model() {
        let settings = settings(json!({"provider": "offline", "model": "claude-sonnet-5-5"}));
        assert_eq!(settings.model(), "offline-template");
    }

    #[test]
    fn the_key_does_not_show() {
        let settings = settings(json!({"provider": "openai", "api_key": "sk-very-secret"}));
        assert!(!format!("{settings:?}").contains("very-secret"));
    }
}
