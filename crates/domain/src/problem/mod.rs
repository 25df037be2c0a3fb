//! What a caller learns about a failure, as RFC 9457 `application/problem+json`.

mod codes;
mod pages;
mod response;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::StoreError;

pub use codes::CODES;
pub(crate) use pages::page;

/// How long a caller should wait before it tries again when the database is away.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// One field that is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// JSON pointer into the input; path and query parameters count as its fields.
    pub pointer: String,
    pub detail: String,
}

/// A failure as its caller sees it.
///
/// `code` is the contract: it never changes meaning, and `docs/problems/<code>.md` says what to do
/// about it. The source is for us: it is logged once and never leaves the process.
#[derive(Debug)]
pub struct Problem {
    code: &'static str,
    status: u16,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    is_contract: bool,
    source: Option<Box<Source>>,
}

#[derive(Debug)]
enum Source {
    Store(StoreError),
    Other(anyhow::Error),
}

impl Problem {
    /// A problem of a registered code; `detail` is a sentence that says what to do.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::bare(code) }
    }

    /// Also the answer for rows that the caller may not see: existence is a secret.
    pub fn not_found(what: &str) -> Self {
        Self::new("not-found", format!("there is no {what} with this id; check the id"))
    }

    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("correct the field `{}`: {}", one.pointer, one.detail),
            many => format!("correct the {} fields listed in `errors`", many.len()),
        };
        Self { errors, ..Self::new("invalid-input", detail) }
    }

    /// One field that is wrong.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// The same about an input that has these fields elsewhere.
    #[must_use]
    pub(crate) fn under(self, from: &str, to: &str) -> Self {
        if self.errors.is_empty() {
            return self;
        }
        let moved = self.errors.into_iter().map(|error| match error.pointer.strip_prefix(from) {
            Some(rest) => FieldError { pointer: format!("{to}{rest}"), ..error },
            None => error,
        });
        Self::invalid(moved.collect())
    }

    /// For clients of the invoice system's contract, which look for `success` and `error`.
    #[must_use]
    pub(crate) fn of_contract(self, is_contract: bool) -> Self {
        Self { is_contract, ..self }
    }

    /// A mistake of ours. The caller learns nothing but the request's id.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        let detail = "try again; if it happens again, report the request id to your operator";
        Self {
            source: Some(Box::new(Source::Other(source.into()))),
            ..Self::new("internal", detail)
        }
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    fn bare(code: &'static str) -> Self {
        let (status, title) = CODES
            .iter()
            .find(|(known, ..)| *known == code)
            .map_or((500, "Something went wrong on our side"), |(_, status, title)| {
                (*status, *title)
            });
        Self {
            code,
            status,
            title,
            detail: None,
            errors: vec![],
            retry_after: None,
            is_contract: false,
            source: None,
        }
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    pub fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.title)
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// How many seconds to wait before trying again, where it is known. Rounded up: coming back a moment
    /// early would only be refused again.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let wait = self.retry_after?;
        Some((wait.as_secs() + u64::from(0 < wait.subsec_nanos())).max(1))
    }

    /// The store's failure behind this problem, for callers that undo and repeat the whole work.
    pub fn into_store_error(self) -> Result<StoreError, Self> {
        match self.source.map(|source| *source) {
            Some(Source::Store(error)) => Ok(error),
            source => Err(Self { source: source.map(Box::new), ..self }),
        }
    }

    /// The body of the answer.
    pub fn body(&self, request_id: Option<&str>) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
        });
        if let Some(detail) = &self.detail {
            body["detail"] = Value::from(detail.as_str());
        }
        if self.is_contract {
            body["success"] = Value::from(false);
            body["error"] = Value::from(self.detail());
        }
        if let Some(id) = request_id {
            body["request_id"] = Value::from(id);
        }
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        body
    }

    /// Logs the source, if there is one that nobody else will see. Called where an answer is made.
    pub fn log(&self) {
        let request_id = crate::http::request_id();
        match self.source.as_deref() {
            Some(Source::Store(error)) if error.is_transient() => {
                tracing::warn!(error = %chain(error), request_id, "the database is unavailable");
            }
            Some(Source::Store(error)) => {
                tracing::error!(error = %chain(error), request_id, "a query failed");
            }
            Some(Source::Other(error)) => {
                tracing::error!(error = %format!("{error:#}"), request_id, "a request failed");
            }
            None => {}
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = if error.is_transient() {
            let detail = "the database is busy or away and nothing was done; try again shortly";
            Self::new("unavailable", detail).retry_after(RETRY_AFTER)
        } else {
            let detail = "try again; if it happens again, report the request id to your operator";
            Self::new("internal", detail)
        };
        Self { source: Some(Box::new(Source::Store(error))), ..problem }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// Turns the violation of a named constraint into a problem that its caller can act on.
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, problem: impl FnOnce() -> Problem) -> Result<T, Problem>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, problem: impl FnOnce() -> Problem) -> Result<T, Problem> {
        self.map_err(|error| match &error {
            sqlx::Error::Database(refusal) if refusal.constraint() == Some(name) => problem(),
            _ => Problem::from(error),
        })
    }
}

#[cfg(test)]
mod tests;
