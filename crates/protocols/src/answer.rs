//! What of an HTTP answer a flow sees.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connector_kit::{CallError, http::Response};
use http::HeaderMap;
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How much of an answer stands in an error.
const EXCERPT_BYTES_MAX: usize = 300;

/// What a call gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Output {
    /// The content, base64.
    Raw,
    /// The content, read if it is JSON.
    #[default]
    Content,
    /// `{ request, statusCode, headers, content }`.
    Response,
}

/// A request as it was made, without credentials.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: Map<String, Value>,
}

/// The answer, if its status is wanted.
pub(crate) fn take(
    asked: &Asked,
    response: &Response,
    output: Output,
    redirect: bool,
    now: Timestamp,
) -> Result<Value, CallError> {
    let wanted = if redirect { 200..400 } else { 200..300 };
    if !wanted.contains(&response.status) {
        return Err(refused(asked, response, now));
    }
    Ok(match output {
        Output::Raw => json!(STANDARD.encode(&response.body)),
        Output::Content => content(response),
        Output::Response => json!({
            "request": { "method": asked.method, "uri": asked.uri, "headers": asked.headers },
            "statusCode": response.status,
            "headers": headers(&response.headers),
            "content": content(response),
        }),
    })
}

/// What a status outside the wanted range means.
pub(crate) fn refused(asked: &Asked, response: &Response, now: Timestamp) -> CallError {
    let status = response.status;
    let reason = http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason());
    let place = asked.uri.split(['?', '#']).next().unwrap_or_default();
    let excerpt = response.excerpt(EXCERPT_BYTES_MAX);
    let colon = if excerpt.is_empty() { "" } else { ": " };
    let detail = format!("{} {place} answered {status}{colon}{excerpt}", asked.method);
    if status == 429 || 500 <= status {
        let retry_after = response.retry_after(now);
        return CallError::Unavailable { status: Some(status), retry_after, detail };
    }
    CallError::Rejected { status, code: reason.unwrap_or("refused").to_owned(), detail }
}

/// The content as its type says: JSON read, text as text, anything else base64, nothing as null.
fn content(response: &Response) -> Value {
    if response.body.is_empty() {
        return Value::Null;
    }
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = || std::str::from_utf8(&response.body).ok().map(|text| json!(text));
    let is_json = kind.ends_with("/json") || kind.ends_with("+json");
    let read = if is_json || kind.is_empty() {
        serde_json::from_slice(&response.body).ok().or_else(text)
    } else if kind.starts_with("text/")
        || kind.ends_with("xml")
        || kind.ends_with("yaml")
        || kind == "application/x-www-form-urlencoded"
    {
        text()
    } else {
        None
    };
    read.unwrap_or_else(|| json!(STANDARD.encode(&response.body)))
}

/// Names in lower case; several of one name stand in one text, comma by comma (RFC 9110 section 5.3).
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut found = Map::new();
    for name in headers.keys() {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        found.insert(name.as_str().to_owned(), json!(values.join(", ")));
    }
    found
}
