//! `call: http`.

use connector_kit::{
    CallError,
    http::{Request, Response, Until},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    Means, Protocols,
    answer::{self, Asked, Output},
    authentication::{self, Endpoint, Policy},
    invalid, is_repeatable,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpCall {
    method: String,
    endpoint: Endpoint,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(default)]
    output: Output,
    #[serde(default)]
    redirect: bool,
}

pub(crate) async fn call(
    protocols: &Protocols,
    call: HttpCall,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let (uri, policy) = call.endpoint.parts();
    let mut url = Url::parse(&uri)
        .map_err(|error| invalid(format!("the address `{uri}` is not a URL ({error})")))?;
    if !call.query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in &call.query {
            for text in texts(value, name)? {
                pairs.append_pair(name, &text);
            }
        }
    }
    let (headers, body) = (call.headers, call.body);
    let method = call.method.to_uppercase();
    let request = Outgoing { headers, body, policy, ..Outgoing::new(method, url.into()) };
    let (asked, response) = request.send(protocols, means).await?;
    answer::take(&asked, &response, call.output, call.redirect, protocols.clock.now())
}

/// Fetches something that a call needs before it can be made: `what` is its name in an error.
pub(crate) async fn fetch(
    protocols: &Protocols,
    means: Means<'_>,
    (url, policy): (String, Option<Policy>),
    what: &str,
) -> Result<Response, CallError> {
    let request = Outgoing { policy, ..Outgoing::new("GET".to_owned(), url) };
    let (asked, response) = request.send(protocols, means).await?;
    if response.status != 200 {
        return Err(CallError::Unavailable {
            status: Some(response.status),
            retry_after: None,
            detail: format!("{what} {} answered {}", asked.uri, response.status),
        });
    }
    Ok(response)
}

/// A request that is ready but for its credentials.
pub(crate) struct Outgoing {
    /// In upper case.
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Map<String, Value>,
    pub(crate) body: Option<Value>,
    pub(crate) policy: Option<Policy>,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) is_repeatable: bool,
    /// How much of a good answer is read, if not all.
    pub(crate) until: Option<Until>,
}

impl Outgoing {
    pub(crate) fn new(method: String, url: String) -> Self {
        let is_repeatable = is_repeatable(&method);
        let headers = Map::new();
        Self { method, url, headers, body: None, policy: None, is_repeatable, until: None }
    }

    /// Sends it, a second time if that is how the other side asks for credentials.
    pub(crate) async fn send(
        self,
        protocols: &Protocols,
        means: Means<'_>,
    ) -> Result<(Asked, Response), CallError> {
        let method = Method::from_bytes(self.method.as_bytes())
            .map_err(|_says_less| invalid(format!("`{}` is no method of HTTP", self.method)))?;
        let mut headers = Map::new();
        for (name, value) in &self.headers {
            headers.insert(name.to_ascii_lowercase(), json!(scalar(value, name)?));
        }
        let body = self.body.as_ref().map(|body| encode(body, &mut headers)).transpose()?;
        let reached = protocols.rewrites.apply(&self.url);
        let build = || {
            let mut request = Request::new(method.clone(), &reached);
            for (name, value) in &headers {
                request = request.header(name, value.as_str().unwrap_or_default());
            }
            if let Some(until) = self.until {
                request = request.until(until);
            }
            match &body {
                Some(body) => request.bytes(body.clone()),
                None => request,
            }
        };
        let sent = match &self.policy {
            None => protocols.http.send(build(), means.timeout).await,
            Some(policy) => {
                authentication::send(protocols, means, policy, &self.method, &reached, &build).await
            }
        };
        let response = sent.map_err(|error| without_doubt(error, self.is_repeatable))?;
        let uri = self.url;
        Ok((Asked { method: self.method, uri, headers }, response))
    }
}

/// What may be repeated leaves no doubt behind when no answer comes.
pub(crate) fn without_doubt(error: CallError, is_repeatable: bool) -> CallError {
    match error {
        CallError::Ambiguous { status, detail } if is_repeatable => {
            let status = status.filter(|status| 400 <= *status);
            CallError::Unavailable { status, retry_after: None, detail }
        }
        CallError::Unreadable { detail } if is_repeatable => {
            CallError::Rejected { status: 502, code: "unreadable answer".to_owned(), detail }
        }
        CallError::Rejected { status: 0, code, detail } => {
            CallError::Rejected { status: 400, code, detail }
        }
        other => other,
    }
}

/// The bytes of a body, by the type that its header names or that fits it.
fn encode(body: &Value, headers: &mut Map<String, Value>) -> Result<Vec<u8>, CallError> {
    let kind = headers.get("content-type").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let mut usual = |kind: &str| {
        headers.entry("content-type").or_insert_with(|| json!(kind));
    };
    match (kind.as_deref(), body) {
        (Some(kind), Value::Object(members))
            if kind.starts_with("application/x-www-form-urlencoded") =>
        {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (name, value) in members {
                for text in texts(value, name)? {
                    form.append_pair(name, &text);
                }
            }
            Ok(form.finish().into_bytes())
        }
        (Some(kind), _) if kind.starts_with("multipart/") => {
            Err(invalid("bodies of several parts cannot be sent; send JSON or a form"))
        }
        (None, Value::String(text)) => {
            usual("text/plain; charset=utf-8");
            Ok(text.clone().into_bytes())
        }
        (Some(kind), Value::String(text)) if !kind.contains("json") => {
            Ok(text.clone().into_bytes())
        }
        (_, body) => {
            usual("application/json");
            Ok(body.to_string().into_bytes())
        }
    }
}

/// A parameter's values: of a list each, of nothing none.
fn texts(value: &Value, name: &str) -> Result<Vec<String>, CallError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().map(|item| scalar(item, name)).collect(),
        other => Ok(vec![scalar(other, name)?]),
    }
}

/// Text, or what is written as text without doubt.
pub(crate) fn scalar(value: &Value, name: &str) -> Result<String, CallError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => {
            Err(invalid(format!("`{name}` must be text, a number, true or false")))
        }
    }
}
