//! The commands that speak to a running server: one HTTP client, problems as sentences.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(35);
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Server {
    /// Address of the server.
    #[arg(long, env = "HANDOFF_URL", hide_env_values = true, default_value = DEFAULT_URL)]
    url: String,
    /// Token to present; best given in the environment.
    #[arg(long, env = "HANDOFF_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Server {
    /// Where a person finds what has this path.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        self.send(reqwest::Method::GET, path, query, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(reqwest::Method::POST, path, &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(reqwest::Method::PATCH, path, &[], Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(reqwest::Method::PUT, path, &[], Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(reqwest::Method::DELETE, path, &[], None).await
    }

    /// The bytes of a file.
    pub(crate) async fn download(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let answer = self.ask(reqwest::Method::GET, path, &[], None).await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.context("the answer ended early; try again")?;
        if status < 300 {
            return Ok(bytes.to_vec());
        }
        Err(refusal(status, &read(&String::from_utf8_lossy(&bytes))).into())
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let answer = self.ask(method, path, query, body).await?;
        let status = answer.status().as_u16();
        let value = read(&answer.text().await.unwrap_or_default());
        if status < 300 { Ok(value) } else { Err(refusal(status, &value).into()) }
    }

    async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> anyhow::Result<reqwest::Response> {
        let base = base_url(&self.url)?;
        let Some(token) = self.token.as_deref().filter(|token| !token.is_empty()) else {
            return Err(Failure::usage(
                "give a token in HANDOFF_TOKEN; `handoff token create NAME` makes one",
            )
            .into());
        };
        let url = format!("{base}{path}");
        let client = connector_kit::http::plain_client(TIMEOUT).context("no HTTP client")?;
        let mut request = client.request(method, &url).query(query).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await.map_err(|error| unanswered(base, &error))?)
    }
}

/// A body as JSON, or as it is.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_plain| Value::from(text))
}

/// The address of a server, without a slash at its end.
fn base_url(text: &str) -> Result<&str, Failure> {
    let is_url = url::Url::parse(text)
        .is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    if is_url {
        return Ok(text.trim_end_matches('/'));
    }
    Err(Failure::Usage(format!(
        "`{text}` is not a URL; set HANDOFF_URL (or --url) to the server's, like {DEFAULT_URL}"
    )))
}

/// Why no answer came, as far as it can be told.
fn unanswered(url: &str, error: &reqwest::Error) -> Failure {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    let io_kinds: Vec<std::io::ErrorKind> = causes
        .iter()
        .filter_map(|cause| Some(cause.downcast_ref::<std::io::Error>()?.kind()))
        .collect();
    let root = causes.last().map(ToString::to_string).unwrap_or_default();
    let (seen, advice) = if io_kinds.contains(&std::io::ErrorKind::ConnectionRefused) {
        (
            "nothing answers there".to_owned(),
            "is the server running? Set HANDOFF_URL if it is elsewhere",
        )
    } else if error.is_connect() && url.starts_with("https:") {
        (format!("TLS failed: {root}"), "write http:// if it speaks plain HTTP there")
    } else if error.is_timeout() {
        ("no answer came in time".to_owned(), "look at the server's log")
    } else {
        (root, "check HANDOFF_URL, and whether a server of Handoff runs there")
    };
    Failure::Unreachable {
        seen: format!("{url} cannot be reached ({seen})"),
        advice: advice.to_owned(),
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
    let errors = problem.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for error in errors {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        // With one field at fault, the sentence says it already.
        if errors.len() == 1 && sentence.contains(part("detail")) {
            break;
        }
        for text in ["\n  ", part("pointer"), ": ", part("detail")] {
            sentence.push_str(text);
        }
    }
    match status {
        401 | 403 => Failure::Forbidden(sentence),
        502..=504 => Failure::Unreachable {
            seen: sentence,
            advice: "try again in a moment, and look at the server's log".to_owned(),
        },
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
        assert!(matches!(refusal(503, &json!("down")), Failure::Unreachable { .. }));
    }

    #[test]
    fn what_is_not_a_url_is_usage() {
        for wrong in ["nonsense", "localhost:8080", "ftp://a", "http://", ""] {
            assert_eq!(base_url(wrong).unwrap_err().code(), 2, "{wrong}");
        }
        assert_eq!(base_url("http://127.0.0.1:1/").unwrap(), "http://127.0.0.1:1");
    }

    #[tokio::test]
    async fn tls_on_a_port_of_plain_http_is_said() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let answering = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let (mut socket, _) = listener.accept().await.unwrap();
            let _read = socket.read(&mut [0_u8; 16]).await.unwrap();
            socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        });
        let server = Server { url, token: Some("token".to_owned()) };
        let error = server.get("/v1/me", &[]).await.unwrap_err();
        answering.await.unwrap();
        assert_eq!(crate::failure::code_of(&error), 4);
        assert!(error.to_string().contains("TLS failed"), "{error}");
    }
}
