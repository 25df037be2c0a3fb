//! A request on its way out.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use kernel::Secret;
use serde::Serialize;
use url::Url;

use crate::CallError;

/// Whether a good answer's body is enough, given how much of it was there when last asked.
pub type Until = fn(body: &[u8], seen: usize) -> bool;

/// One request. What is wrong with it is said when it is sent.
pub struct Request {
    method: Method,
    url: Result<Url, url::ParseError>,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    /// What was sent as a credential, so that an answer that repeats it can be cleaned.
    secrets: Vec<Secret>,
    until: Option<Until>,
    mistake: Option<CallError>,
}

/// A request that can be sent.
pub(super) struct Prepared {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) secrets: Vec<Secret>,
    pub(super) until: Option<Until>,
}

impl Request {
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: &str) -> Self {
        Self::new(Method::POST, url)
    }

    pub fn put(url: &str) -> Self {
        Self::new(Method::PUT, url)
    }

    pub fn patch(url: &str) -> Self {
        Self::new(Method::PATCH, url)
    }

    pub fn new(method: Method, url: &str) -> Self {
        Self {
            method,
            url: Url::parse(url),
            headers: HeaderMap::new(),
            body: None,
            secrets: Vec::new(),
            until: None,
            mistake: None,
        }
    }

    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        let value = Secret::new(format!("Bearer {}", token.expose()));
        let mut request = self.credential(&header::AUTHORIZATION, &value);
        request.secrets.push(token.clone());
        request
    }

    /// A header that holds a credential: never logged, and blotted out of answers that repeat it.
    #[must_use]
    pub fn secret_header(self, name: &str, value: &Secret) -> Self {
        match HeaderName::try_from(name) {
            Ok(name) => self.credential(&name, value),
            Err(error) => self.wrong(invalid(format!("`{name}` is no header's name ({error})"))),
        }
    }

    fn credential(mut self, name: &HeaderName, value: &Secret) -> Self {
        let Ok(mut header) = HeaderValue::try_from(value.expose()) else {
            return self.wrong(CallError::Credentials(
                "the key holds characters that no key has (a line break?); set it again".to_owned(),
            ));
        };
        header.set_sensitive(true);
        self.headers.insert(name, header);
        self.secrets.push(value.clone());
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
                self
            }
            (Err(_), _) | (_, Err(_)) => {
                self.wrong(invalid(format!("the header `{name}` cannot be sent with this value")))
            }
        }
    }

    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => {
                self.body = Some(bytes);
                let json = HeaderValue::from_static("application/json; charset=utf-8");
                self.headers.insert(header::CONTENT_TYPE, json);
                self
            }
            Err(error) => self.wrong(invalid(format!("the body is not JSON ({error})"))),
        }
    }

    /// A body whose bytes are fixed already; what they are says a header.
    #[must_use]
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// A body of JSON whose bytes are fixed already, as signatures need them.
    #[must_use]
    pub fn json_bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        let json = HeaderValue::from_static("application/json");
        self.headers.insert(header::CONTENT_TYPE, json);
        self
    }

    /// For an answer that may stay open: it is read no further than this says.
    #[must_use]
    pub fn until(mut self, is_enough: Until) -> Self {
        self.until = Some(is_enough);
        self
    }

    /// Keeps the first mistake, which is the one to mend.
    fn wrong(mut self, mistake: CallError) -> Self {
        self.mistake.get_or_insert(mistake);
        self
    }

    pub(super) fn prepare(self) -> Result<Prepared, CallError> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let url = self.url.map_err(|error| {
            invalid(format!("the address is not a URL ({error}); set the base URL again"))
        })?;
        let Self { method, headers, body, secrets, until, .. } = self;
        Ok(Prepared { method, url, headers, body, secrets, until })
    }
}

fn invalid(detail: String) -> CallError {
    CallError::Rejected { status: 0, code: "invalid-request".to_owned(), detail }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the query, the headers nor the body: any of them may hold a secret.
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.as_ref().ok().and_then(Url::host_str))
            .finish_non_exhaustive()
    }
}
