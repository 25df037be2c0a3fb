//! What a status means for the engine, and what of the answer's text may be shown.

use bytes::Bytes;
use kernel::{Secret, Timestamp};
use serde_json::Value;

use super::Response;
use crate::CallError;

/// The longest text of the other side that is kept.
const DETAIL_BYTES_MAX: usize = 2000;
/// The longest code of the other side that is kept.
const CODE_CHARS_MAX: usize = 80;
/// A shorter secret is part of ordinary words: taking it out would spoil the text and hide nothing.
const SECRET_BYTES_MIN: usize = 6;

pub(super) fn error_of(response: &Response, now: Timestamp) -> Option<CallError> {
    let status = response.status;
    let detail = || describe(response).1;
    let retry_after = response.retry_after(now);
    Some(match status {
        200..=299 => return None,
        300..=399 => CallError::Rejected {
            status,
            code: "redirect-refused".to_owned(),
            detail: "it redirects elsewhere, which is not followed; set the base URL of the \
                     connection to the final address"
                .to_owned(),
        },
        401 | 403 => CallError::Credentials(format!("status {status}: {}", detail())),
        429 => CallError::Throttled { retry_after, detail: detail() },
        // It never had the whole request (408), or would not take it so early (425).
        408 | 425 => CallError::Unavailable { status: Some(status), retry_after, detail: detail() },
        // A server that says when to come back has turned the request away at the door.
        503 if retry_after.is_some() => {
            CallError::Unavailable { status: Some(status), retry_after, detail: detail() }
        }
        // Not implemented, or not in this version of HTTP: repeating changes nothing.
        400..=499 | 501 | 505 => {
            let (code, detail) = describe(response);
            CallError::Rejected { status, code, detail }
        }
        // It failed somewhere, perhaps after the work was done; so may the server behind a gateway.
        _ => CallError::Ambiguous {
            status: Some(status),
            detail: format!("status {status}: {}", detail()),
        },
    })
}

/// Code and sentence of an error answer, from the forms in use.
fn describe(response: &Response) -> (String, String) {
    let (code, detail) = match serde_json::from_slice::<Value>(&response.body) {
        Ok(body) => from_json(&body),
        Err(_not_json) => from_text(response),
    };
    let code = code.unwrap_or_else(|| format!("status-{}", response.status));
    (
        presentable(&code, &response.secrets).chars().take(CODE_CHARS_MAX).collect(),
        presentable(&detail, &response.secrets),
    )
}

fn from_json(body: &Value) -> (Option<String>, String) {
    // Either the error is an object of its own, or the body is the error.
    let error = if body["error"].is_object() { &body["error"] } else { body };
    let text = |name: &str| error[name].as_str().filter(|text| !text.is_empty());
    let code = text("code")
        .or_else(|| text("error"))
        .or_else(|| text("type").map(|kind| kind.rsplit('/').next().unwrap_or(kind)))
        .filter(|code| *code != "about:blank")
        .map(ToOwned::to_owned);
    // The whole of it where there is more than a sentence, such as the fields at fault.
    let has_more = ["errors", "fields", "details"].iter().any(|name| !error[*name].is_null());
    let sentence = ["detail", "message", "error_description", "title"]
        .iter()
        .find_map(|name| text(name))
        .filter(|_| !has_more);
    (code, sentence.map_or_else(|| error.to_string(), ToOwned::to_owned))
}

fn from_text(response: &Response) -> (Option<String>, String) {
    let text = String::from_utf8_lossy(&response.body);
    let text = text.trim();
    if text.is_empty() {
        (None, "it gave no reason".to_owned())
    } else if text.starts_with('<') {
        (None, "it answered with a page for people, not with a reason".to_owned())
    } else {
        (None, text.to_owned())
    }
}

/// Text of the other side, fit to be stored and shown: short, on one line, without our credentials.
pub fn presentable(text: &str, secrets: &[Secret]) -> String {
    excerpt(text, secrets, DETAIL_BYTES_MAX)
}

/// A body without our credentials, whatever it is read as later.
pub(super) fn without_secrets(body: Bytes, secrets: &[Secret]) -> Bytes {
    let Ok(text) = std::str::from_utf8(&body) else { return body };
    let clean = blotted(text, secrets);
    if clean == text { body } else { clean.into() }
}

/// Text without our credentials.
pub fn blotted(text: &str, secrets: &[Secret]) -> String {
    let long = secrets.iter().filter(|secret| SECRET_BYTES_MIN <= secret.expose().len());
    long.fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "[secret]"))
}

/// [`presentable`] of another length.
pub(super) fn excerpt(text: &str, secrets: &[Secret], bytes_max: usize) -> String {
    let text = blotted(text, secrets);
    let mut shown = String::new();
    for character in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if bytes_max < shown.len() + character.len_utf8() {
            break;
        }
        shown.push(character);
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            secrets: vec![Secret::new("sk-secret")],
        }
    }

    fn now() -> Timestamp {
        "2026-11-21T00:00:00Z".parse().unwrap()
    }

    fn kind(status: u16) -> &'static str {
        match error_of(&answer(status, ""), now()) {
            None => "ok",
            Some(CallError::Rejected { .. }) => "rejected",
            Some(CallError::Throttled { .. }) => "throttled",
            Some(CallError::Unavailable { .. }) => "unavailable",
            Some(CallError::Ambiguous { .. }) => "ambiguous",
            Some(CallError::Credentials(_)) => "credentials",
            Some(CallError::Unreadable { .. }) => "unreadable",
            Some(CallError::NotTried(_)) => "not tried",
        }
    }

    #[test]
    fn every_status_has_one_meaning() {
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], "ok"),
            (&[300, 301, 302, 303, 304, 307, 308], "rejected"),
            (&[401, 403], "credentials"),
            (&[429], "throttled"),
            (&[408, 425], "unavailable"),
            (&[400, 402, 404, 405, 407, 409, 410, 411, 413, 415, 421, 422, 428, 451], "rejected"),
            (&[501, 505], "rejected"),
            (&[500, 502, 503, 504, 507, 511, 520, 521, 522, 524, 529, 599], "ambiguous"),
        ] {
            for status in statuses {
                assert_eq!(kind(*status), expected, "{status}");
            }
        }
    }

    #[test]
    fn a_503_that_names_a_time_did_nothing() {
        let mut response = answer(503, "");
        response.headers.insert("retry-after", "9".parse().unwrap());
        let error = error_of(&response, now());
        let wait = Some(Duration::from_secs(9));
        assert!(
            matches!(error, Some(CallError::Unavailable { retry_after, .. }) if retry_after == wait)
        );
    }

    #[test]
    fn code_and_sentence_are_found_in_every_form() {
        for (body, code, detail) in [
            (r#"{"error":{"code":"c","message":"m"}}"#, "c", "m"),
            (r#"{"error":{"type":"t","message":"m"}}"#, "t", "m"),
            (r#"{"type":"https://x.example/problems/p","detail":"d","title":"t"}"#, "p", "d"),
            (r#"{"type":"about:blank","title":"t"}"#, "status-422", "t"),
            (r#"{"error":"c","error_description":"d"}"#, "c", "d"),
            (r#"{"message":"m"}"#, "status-422", "m"),
            ("plain words", "status-422", "plain words"),
            (
                "<html>x</html>",
                "status-422",
                "it answered with a page for people, not with a reason",
            ),
            ("", "status-422", "it gave no reason"),
            (
                r#"{"error":{"code":"c","message":"m","fields":{"a":"b"}}}"#,
                "c",
                r#"{"code":"c","message":"m","fields":{"a":"b"}}"#,
            ),
        ] {
            let found = describe(&answer(422, body));
            assert_eq!(found, (code.to_owned(), detail.to_owned()), "{body}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_holds_no_credential() {
        let body = format!("your key sk-secret is wrong\n\u{7}{}", "é".repeat(5000));
        let (_, detail) = describe(&answer(401, &body));
        assert!(detail.starts_with("your key [secret] is wrong  é"));
        assert!(detail.len() <= DETAIL_BYTES_MAX);
    }

    #[test]
    fn a_body_that_repeats_a_credential_is_read_without_it() {
        let secrets = [Secret::new("sk-secret")];
        let clean = |body: &'static [u8]| without_secrets(Bytes::from_static(body), &secrets);
        assert_eq!(
            clean(br#"{"ok":false,"error":"bad sk-secret"}"#),
            r#"{"ok":false,"error":"bad [secret]"}"#
        );
        assert_eq!(clean(b"\xff untouched"), &b"\xff untouched"[..]);
    }
}
