//! The commands that speak to a running server: one HTTP client, problems as sentences.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use super::Failure;

const TIMEOUT: Duration = Duration::from_secs(35);

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Server {
    /// Address of the server.
    #[arg(long, env = "HANDOFF_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Token to present; best given in the environment.
    #[arg(long, env = "HANDOFF_TOKEN", hide_env_values = true, default_value = "")]
    token: String,
}

impl Server {
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        self.send(reqwest::Method::GET, path, query, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(reqwest::Method::POST, path, &[], Some(body)).await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        if self.token.is_empty() {
            return Err(Failure::Usage(
                "give a token in HANDOFF_TOKEN; `handoff token create NAME` makes one".to_owned(),
            )
            .into());
        }
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let client = connector_kit::http::plain_client(TIMEOUT).context("no HTTP client")?;
        let mut request = client.request(method, &url).query(query).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| {
            let reason = if error.is_connect() { "nothing answers there" } else { "no answer came" };
            Failure::Unreachable(format!(
                "{} cannot be reached ({reason}); is the server running? Set HANDOFF_URL if it is elsewhere",
                self.url
            ))
        })?;
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap_or_default();
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if status < 300 { Ok(value) } else { Err(refusal(status, &value).into()) }
    }
}

/// A problem as its sentence, with each field at fault.
fn refusal(status: u16, problem: &Value) -> Failure {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut sentence = match (text("title"), text("detail")) {
        ("", "") => format!("the server answered {status}"),
        (title, "") => title.to_owned(),
        (title, detail) => format!("{title}: {detail}"),
    };
    for error in problem.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        for text in ["\n  ", part("pointer"), ": ", part("detail")] {
            sentence.push_str(text);
        }
    }
    match status {
        401 | 403 => Failure::Forbidden(sentence),
        502..=504 => Failure::Unreachable(sentence),
        _ => Failure::Usage(sentence),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_reads_as_a_sentence_with_its_fields() {
        let problem = json!({
            "title": "The input is not valid", "detail": "correct the field",
            "errors": [{ "pointer": "/limit", "detail": "must be from 1 to 100" }],
        });
        let failure = refusal(422, &problem);
        assert_eq!(
            failure.to_string(),
            "The input is not valid: correct the field\n  /limit: must be from 1 to 100"
        );
        assert!(matches!(refusal(403, &problem), Failure::Forbidden(_)));
        assert!(matches!(refusal(503, &json!("down")), Failure::Unreachable(_)));
    }
}
