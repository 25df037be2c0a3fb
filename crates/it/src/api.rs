//! A client of the HTTP API, and what it was answered.

use std::time::Duration;

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

/// Speaks to one address, with or without a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    session: Option<Session>,
}

/// What a browser keeps of its session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// The cookie, as `name=value`.
    pub cookie: String,
    /// What requests that change something repeat.
    pub csrf_token: String,
}

/// An answer, with the bytes as they came.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of an answer that must have this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

impl Client {
    pub fn new(base: String, token: Option<String>) -> Self {
        let http = connector_kit::http::plain_client(PATIENCE).unwrap();
        Self { http, base, token, session: None }
    }

    #[must_use]
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// As a browser with this session.
    #[must_use]
    pub fn with_session(&self, session: Session) -> Self {
        Self { token: None, session: Some(session), ..self.clone() }
    }

    /// The session of this browser.
    pub fn session(&self) -> Session {
        self.session.clone().unwrap_or_default()
    }

    /// This browser after an answer that may have given it another cookie.
    pub async fn after(&self, answer: &Answer) -> Self {
        let set = answer.header("set-cookie");
        let cookie = match set.split(';').next() {
            Some(pair) if !set.is_empty() => pair.to_owned(),
            _ => self.session().cookie,
        };
        let browser = self.with_session(Session { cookie, csrf_token: String::new() });
        let session = browser.get("/v1/session").await.json();
        let csrf_token = session["csrf_token"].as_str().unwrap_or_default().to_owned();
        browser.with_session(Session { csrf_token, ..browser.session() })
    }

    /// The same client at another address.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body)).await
    }

    /// What a browser sends for a form; a redirect is not followed.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).form(fields);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[], Some(body)).await
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, headers, body).await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(session) = &self.session {
            request = request.header("cookie", &session.cookie);
            if method != Method::GET && headers.iter().all(|(name, _)| *name != "x-csrf-token") {
                request = request.header("x-csrf-token", &session.csrf_token);
            }
        }
        request
    }

    /// An answer that does not end, such as a stream of events.
    pub async fn stream(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        self.request(Method::GET, path, headers).send().await.unwrap()
    }

    pub async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.request(method, path, headers);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }
}
