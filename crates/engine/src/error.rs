//! From a failed call to the error that a flow sees.

use connector_kit::{CALL_FAILED, CallError, Effect, INVALID_INPUT, NOT_ALLOWED, SECRET_MISSING};
use flow::{FlowError, Standard};

const UNREADABLE: &str = "https://handoff.dev/errors/unreadable-answer";

/// The flow's view of a failed attempt.
pub fn of_call(error: &CallError, effect: Option<Effect>) -> FlowError {
    match error {
        CallError::Rejected { status, code, detail } => {
            let kind = match code.as_str() {
                INVALID_INPUT => Standard::Validation,
                SECRET_MISSING | NOT_ALLOWED => Standard::Authorization,
                CALL_FAILED => Standard::Runtime,
                _ => Standard::Communication,
            };
            error_of(&kind.uri(), *status, code, detail)
        }
        CallError::Throttled { retry_after, detail } => {
            let mut error =
                error_of(&Standard::Communication.uri(), 429, "too many requests", detail);
            error.retry_after_ms = retry_after.map(millis);
            error
        }
        CallError::Unavailable { status, retry_after, detail } => {
            let mut error = error_of(
                &Standard::Communication.uri(),
                status.unwrap_or(503),
                "unavailable",
                detail,
            );
            error.retry_after_ms = retry_after.map(millis);
            error
        }
        CallError::NotTried(detail) => {
            error_of(&Standard::Communication.uri(), 503, "unavailable", detail)
        }
        // Success that cannot be read is success all the same: repeating it would do it twice.
        CallError::Ambiguous { detail, .. } | CallError::Unreadable { detail }
            if effect == Some(Effect::AtMostOnce) =>
        {
            error_of(
                flow::OUTCOME_UNKNOWN,
                504,
                "outcome unknown",
                &format!("{detail}; it may have been done, so it is not repeated"),
            )
        }
        CallError::Ambiguous { status, detail } => error_of(
            &Standard::Communication.uri(),
            status.unwrap_or(504),
            "no clear answer",
            detail,
        ),
        CallError::Credentials(detail) => {
            error_of(&Standard::Authentication.uri(), 401, "credentials refused", detail)
        }
        CallError::Unreadable { detail } => error_of(UNREADABLE, 502, "unreadable answer", detail),
    }
}

/// The flow's view of an operation that refused.
pub(crate) fn of_operation(status: u16, code: &str, detail: &str) -> FlowError {
    let kind = match status {
        400 | 422 => Standard::Validation,
        401 | 403 => Standard::Authorization,
        _ => Standard::Runtime,
    };
    error_of(&kind.uri(), status, code, detail)
}

fn error_of(kind: &str, status: u16, title: &str, detail: &str) -> FlowError {
    FlowError::new(kind, status, title).with_detail(detail)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
