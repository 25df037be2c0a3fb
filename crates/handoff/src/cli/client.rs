//! The commands that speak to a running server: one HTTP client, problems as sentences.

use std::time::Duration;

use clap::Args;
use kernel::Secret;
use reqwest::{Method, Response};
use serde_json::Value;
use url::Url;

use super::{Failure, failure::with_fields};

const TIMEOUT: Duration = Duration::from_secs(35);
/// How long to wait for the answer to whether a server is the sandbox, or is there at all.
const GLANCE: Duration = Duration::from_secs(2);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Server {
    /// Address of the server.
    #[arg(long, env = "HANDOFF_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Token to present; best given in the environment, where other users do not see it.
    #[arg(long, env = "HANDOFF_TOKEN", hide_env_values = true, default_value = "")]
    token: String,
}

impl Server {
    pub(crate) fn connect(&self) -> anyhow::Result<Client> {
        let address = self.url.trim();
        let wrong = || {
            let text = format!(
                "`{address}` is not the address of a server; write it like http://127.0.0.1:8080"
            );
            Failure::Usage(text)
        };
        let base = Url::parse(address).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
        });
        let base = base.ok_or_else(wrong)?;
        let token = self.token.trim();
        if token.is_empty() {
            let text = "give a token in HANDOFF_TOKEN; `handoff token create NAME` makes one";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        let http = connector_kit::http::plain_client(TIMEOUT)?;
        Ok(Client { http, base, token: Secret::new(token) })
    }
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
}

impl Client {
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> anyhow::Result<Value> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(Method::GET, url, None).await
    }

    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, self.url(path), Some(body)).await
    }

    /// The address of a resource; what a person typed stays within its segment.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        url
    }

    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, url).bearer_auth(self.token.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let text = self.read(&mut answer).await?;
        let value: Option<Value> = serde_json::from_slice(&text).ok();
        match value {
            Some(value) if status < 300 => Ok(value),
            Some(problem) => Err(refusal(status, &problem).into()),
            None => {
                let text = format!(
                    "{} answered {status} with something that is not JSON; is it a Handoff server?",
                    self.base
                );
                Err(Failure::of_status(status, text).into())
            }
        }
    }

    async fn read(&self, answer: &mut Response) -> anyhow::Result<Vec<u8>> {
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unreachable(&error))? {
            if ANSWER_BYTES_MAX < text.len() + chunk.len() {
                let large = format!("the answer is larger than {ANSWER_BYTES_MAX} bytes");
                return Err(Failure::Refused(large).into());
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        if error.is_builder() {
            return Failure::Usage(
                "the token holds letters that no token has; copy it again".to_owned(),
            );
        }
        let reason = if error.is_connect() {
            "nothing answers there"
        } else if error.is_timeout() {
            "no answer came in time"
        } else {
            "the connection broke"
        };
        Failure::Unreachable(format!(
            "{} cannot be reached ({reason}); is the server running? Set HANDOFF_URL if it is elsewhere",
            self.base
        ))
    }
}

/// A problem as its sentence, with each field at fault.
fn refusal(status: u16, problem: &Value) -> Failure {
    let text = |of: &'static str| problem.get(of).and_then(Value::as_str).unwrap_or_default();
    let sentence = match (text("title"), text("detail")) {
        ("", "") => format!("the server answered {status} without saying why"),
        (title, "") => title.to_owned(),
        (title, detail) => format!("{title}: {detail}"),
    };
    let errors = problem.get("errors").and_then(Value::as_array).into_iter().flatten();
    let fields = errors.map(|error| {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        (part("pointer"), part("detail"))
    });
    Failure::of_status(status, with_fields(&sentence, fields))
}

/// The status with which a server answers, if one is there.
pub(super) async fn glance(url: &str) -> Option<u16> {
    let client = connector_kit::http::plain_client(GLANCE).ok()?;
    Some(client.get(url).send().await.ok()?.status().as_u16())
}

/// Whether the server of this address runs the simulators.
pub(super) async fn is_sandbox(address: &str) -> bool {
    glance(&format!("{}/_sandbox/providers", address.trim_end_matches('/'))).await == Some(200)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(url: &str, token: &str) -> Server {
        Server { url: url.to_owned(), token: token.to_owned() }
    }

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
        assert!(matches!(failure, Failure::Usage(_)));
        assert!(matches!(refusal(403, &problem), Failure::Forbidden(_)));
        assert!(matches!(refusal(409, &problem), Failure::Refused(_)));
        assert!(matches!(refusal(503, &json!("down")), Failure::Unreachable(_)));
    }

    #[test]
    fn what_is_not_an_address_is_the_command_lines_fault() {
        for url in ["", "localhost:8080", "ftp://host", "http://", "http://me:secret@host"] {
            let error = server(url, "hof_x").connect().unwrap_err();
            assert!(matches!(error.downcast_ref(), Some(Failure::Usage(_))), "{url}: {error}");
        }
    }

    #[test]
    fn without_a_token_nothing_is_asked() {
        let error = server("http://127.0.0.1:8080", " ").connect().unwrap_err().to_string();
        assert!(error.contains("HANDOFF_TOKEN"), "{error}");
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        let client = server("http://host/base/", "hof_x").connect().unwrap();
        let url = |id: &str| client.url(&["runs", id, "cancel"]).to_string();
        assert_eq!(url("run_1"), "http://host/base/v1/runs/run_1/cancel");
        assert_eq!(url("a/../b?c#d"), "http://host/base/v1/runs/a%2F..%2Fb%3Fc%23d/cancel");
    }
}
