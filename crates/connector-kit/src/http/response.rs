//! A whole answer, whatever its status.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime};
use http::HeaderMap;
use kernel::{Secret, Timestamp};
use serde::de::DeserializeOwned;

use super::outcome;
use crate::CallError;

/// The longest wait that a provider's word is taken for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub(super) secrets: Vec<Secret>,
}

impl Response {
    /// The body as `T`.
    ///
    /// # Errors
    /// [`CallError::Unreadable`] when it is not JSON, or not of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let reason = outcome::presentable(&error.to_string(), &self.secrets);
            CallError::Unreadable {
                detail: format!("the answer (status {}) is not as agreed: {reason}", self.status),
            }
        })
    }

    /// The beginning of the body as text, on one line, without the request's credentials.
    pub fn excerpt(&self, bytes_max: usize) -> String {
        outcome::excerpt(&String::from_utf8_lossy(&self.body), &self.secrets, bytes_max)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the other side asks us to wait: seconds, milliseconds or a date, at most an hour.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let wait = self
            .header("retry-after-ms")
            .and_then(|text| number(text, 0.001))
            .or_else(|| retry_after(self.header("retry-after")?, now))?;
        Some(wait.min(RETRY_AFTER_MAX))
    }

    /// The answer itself when its status is a success, else what that status means.
    ///
    /// # Errors
    /// Every kind of [`CallError`] except `Unreadable`, by the status.
    pub fn ok_or_error(self, now: Timestamp) -> Result<Self, CallError> {
        match outcome::error_of(&self, now) {
            None => Ok(self),
            Some(error) => Err(error),
        }
    }
}

/// The three forms of an HTTP date, all in UTC.
const DATE_FORMATS: [&str; 3] =
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Some(wait) = number(text, 1.0) {
        return Some(wait);
    }
    let date = DATE_FORMATS
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|date| date.and_utc())
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc()))?;
    Some((date - now).to_std().unwrap_or(Duration::ZERO))
}

fn number(text: &str, unit_seconds: f64) -> Option<Duration> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? * unit_seconds;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(RETRY_AFTER_MAX))
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(name: &'static str, text: &str) -> Option<Duration> {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(name, text.parse().unwrap());
        let body = Bytes::new();
        Response { status: 429, headers, body, secrets: Vec::new() }.retry_after(now)
    }

    #[test]
    fn waits_are_read_in_every_form_and_never_exceed_an_hour() {
        let digits = "9".repeat(400);
        for (text, seconds) in [
            ("0", Some(0.0)),
            ("120", Some(120.0)),
            (" 7 ", Some(7.0)),
            ("1.5", Some(1.5)),
            ("3600", Some(3600.0)),
            ("3601", Some(3600.0)),
            ("18446744073709551616", Some(3600.0)),
            (&digits, Some(3600.0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30.0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30.0)),
            ("Sun Nov  6 08:49:37 1994", Some(30.0)),
            ("Sun, 06 Nov 1994 08:49:37 +0000", Some(30.0)),
            ("Sun, 06 Nov 1994 09:49:08 GMT", Some(3600.0)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(3600.0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600.0)),
            ("Sat, 06 Nov 1993 08:49:37 GMT", Some(0.0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0.0)),
        ] {
            assert_eq!(wait("retry-after", text), seconds.map(Duration::from_secs_f64), "{text:?}");
        }
        for text in ["-5", "+5", "1e3", "0x10", "inf", "NaN", "soon", "", ".", "1.2.3", "5 s"] {
            assert_eq!(wait("retry-after", text), None, "{text:?}");
        }
        for (text, milliseconds) in [("1500", 1500), ("0", 0), (&digits, 3_600_000)] {
            let expected = Some(Duration::from_millis(milliseconds));
            assert_eq!(wait("retry-after-ms", text), expected, "{text:?}");
        }
    }

    #[test]
    fn milliseconds_go_before_seconds_if_they_can_be_read() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        for (milliseconds, expected) in [("20", 20), ("soon", 3000)] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", "3".parse().unwrap());
            headers.insert("retry-after-ms", milliseconds.parse().unwrap());
            let body = Bytes::new();
            let answer = Response { status: 429, headers, body, secrets: Vec::new() };
            assert_eq!(answer.retry_after(now), Some(Duration::from_millis(expected)));
        }
    }
}
