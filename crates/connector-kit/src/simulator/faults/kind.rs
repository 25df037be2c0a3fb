//! What a fault does to the answer.

use std::{fmt, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use super::super::Answer;

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) enum Kind {
    Status { status: u16, retry_after: Option<String>, after_effect: bool },
    TimeoutBefore,
    TimeoutAfter,
    DisconnectBefore,
    DisconnectAfter,
    MalformedJson,
    Truncated,
    WrongType,
    HugeBody,
    Trickle,
    Redirect,
    Slow(Duration),
    Own(&'static str),
}

impl Kind {
    /// The answer that is given although nothing was done.
    pub(in crate::simulator) fn instead_of_the_handler(&self) -> Option<Answer> {
        match self {
            Self::Status { after_effect: false, status, retry_after } => {
                Some(error(*status, retry_after.as_deref()))
            }
            Self::Redirect => {
                let mut answer = error(307, None);
                let elsewhere = HeaderValue::from_static("/redirected");
                answer.headers.insert(header::LOCATION, elsewhere);
                Some(answer)
            }
            // Never sent.
            Self::TimeoutBefore | Self::DisconnectBefore => {
                Some(Answer { body: Bytes::new(), ..error(500, None) })
            }
            Self::Status { .. }
            | Self::TimeoutAfter
            | Self::DisconnectAfter
            | Self::MalformedJson
            | Self::Truncated
            | Self::WrongType
            | Self::HugeBody
            | Self::Trickle
            | Self::Slow(_)
            | Self::Own(_) => None,
        }
    }

    /// The answer that is given in place of the handler's, after it did its work.
    pub(in crate::simulator) fn instead_of_the_answer(&self) -> Option<Answer> {
        match self {
            Self::Status { after_effect: true, status, retry_after } => {
                Some(error(*status, retry_after.as_deref()))
            }
            _ => None,
        }
    }

    /// Whether no answer leaves.
    pub(in crate::simulator) fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::TimeoutBefore
                | Self::TimeoutAfter
                | Self::DisconnectBefore
                | Self::DisconnectAfter
        )
    }
}

fn error(status: u16, retry_after: Option<&str>) -> Answer {
    let body = json!({
        "error": { "code": "simulated-fault", "message": "the sandbox was told to answer so" },
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = Answer::json(status, &body);
    if let Some(Ok(value)) = retry_after.map(HeaderValue::try_from) {
        answer.headers.insert(header::RETRY_AFTER, value);
    }
    answer
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status { status: 429, .. } => "throttle",
            Self::Status { status, .. } => return write!(f, "status-{status}"),
            Self::TimeoutBefore => "timeout-before-effect",
            Self::TimeoutAfter => "timeout-after-effect",
            Self::DisconnectBefore => "disconnect-before",
            Self::DisconnectAfter => "disconnect-after-effect",
            Self::MalformedJson => "malformed-json",
            Self::Truncated => "truncated",
            Self::WrongType => "wrong-type",
            Self::HugeBody => "huge-body",
            Self::Trickle => "trickle",
            Self::Redirect => "redirect",
            Self::Slow(_) => "slow",
            Self::Own(name) => name,
        })
    }
}
