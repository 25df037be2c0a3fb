//! From a failed call to the error that a flow sees.

use connector_kit::{CallError, Effect};
use flow::FlowError;

const COMMUNICATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/communication";
const AUTHENTICATION: &str =
    "https://open-workflow-specification.org/spec/1.0.0/errors/authentication";
const UNREADABLE: &str = "https://handoff.dev/errors/unreadable-answer";

/// The flow's view of a failed attempt.
pub(crate) fn of_call(error: &CallError, effect: Option<Effect>) -> FlowError {
    match error {
        CallError::Rejected { status, code, detail } => {
            error_of(COMMUNICATION, *status, code, detail)
        }
        CallError::Throttled { retry_after, detail } => {
            let mut error = error_of(COMMUNICATION, 429, "too many requests", detail);
            error.retry_after_ms = retry_after.map(millis);
            error
        }
        CallError::Unavailable { status, retry_after, detail } => {
            let mut error = error_of(COMMUNICATION, status.unwrap_or(503), "unavailable", detail);
            error.retry_after_ms = retry_after.map(millis);
            error
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
        CallError::Ambiguous { status, detail } => {
            error_of(COMMUNICATION, status.unwrap_or(504), "no clear answer", detail)
        }
        CallError::Credentials(detail) => {
            error_of(AUTHENTICATION, 401, "credentials refused", detail)
        }
        CallError::Unreadable { detail } => error_of(UNREADABLE, 502, "unreadable answer", detail),
    }
}

/// The flow's view of an operation that refused.
pub(crate) fn of_operation(status: u16, code: &str, detail: &str) -> FlowError {
    let kind = match status {
        400 | 422 => "https://open-workflow-specification.org/spec/1.0.0/errors/validation",
        401 | 403 => "https://open-workflow-specification.org/spec/1.0.0/errors/authorization",
        _ => "https://open-workflow-specification.org/spec/1.0.0/errors/runtime",
    };
    error_of(kind, status, code, detail)
}

fn error_of(kind: &str, status: u16, title: &str, detail: &str) -> FlowError {
    FlowError::new(kind, status, title).with_detail(detail)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
