//! How an answer leaves: whole, or as badly as a fault wants it.

use std::{convert::Infallible, io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{
    StreamExt as _,
    stream::{self, once},
};
use serde_json::Value;

use super::{Answer, faults::Kind};

/// A caller that waits longer than this is let go.
const HANG: Duration = Duration::from_mins(1);
/// Between the first half of a cut answer and the cut, so that the half leaves.
const CUT_PAUSE: Duration = Duration::from_millis(50);
/// Between the bytes of a trickling answer.
const TRICKLE_PAUSE: Duration = Duration::from_secs(1);
const HUGE_CHUNK_BYTES: usize = 64 * 1024;
/// So many chunks are 100 MiB.
const HUGE_CHUNKS: usize = 1600;

pub(super) async fn deliver(answer: Answer, hit: Option<Kind>) -> Response {
    let Some(kind) = hit else { return whole(answer) };
    match kind {
        Kind::Status { .. } | Kind::Redirect | Kind::Own(_) => whole(answer),
        Kind::TimeoutBefore | Kind::TimeoutAfter => {
            tokio::time::sleep(HANG).await;
            disconnected()
        }
        Kind::DisconnectBefore | Kind::DisconnectAfter => disconnected(),
        Kind::Slow(delay) => {
            tokio::time::sleep(delay).await;
            whole(answer)
        }
        Kind::MalformedJson => {
            let mut body = answer.body.to_vec();
            body.truncate(body.len().saturating_sub(1));
            body.extend_from_slice(b",,");
            whole(Answer { body: Bytes::from(body), ..answer })
        }
        Kind::WrongType => {
            let body = serde_json::from_slice(&answer.body).map_or(Value::Null, wrong_types);
            whole(Answer { body: Bytes::from(body.to_string()), ..answer })
        }
        Kind::Truncated => {
            let half = answer.body.slice(..answer.body.len() / 2);
            let cut = once(async {
                tokio::time::sleep(CUT_PAUSE).await;
                Err(io::Error::other("cut"))
            });
            let body = Body::from_stream(once(async { Ok(half) }).chain(cut));
            with_length(answer, body)
        }
        Kind::Trickle => {
            let body = answer.body.clone();
            let bytes = stream::iter(0..body.len()).then(move |place| {
                let byte = body.slice(place..=place);
                async move {
                    tokio::time::sleep(TRICKLE_PAUSE).await;
                    Ok::<_, Infallible>(byte)
                }
            });
            let body = Body::from_stream(bytes);
            with_length(answer, body)
        }
        Kind::HugeBody => {
            let padding = Bytes::from(vec![b'a'; HUGE_CHUNK_BYTES]);
            let chunks = once(async { Bytes::from_static(b"{\"padding\":\"") })
                .chain(stream::iter((0..HUGE_CHUNKS).map(move |_| padding.clone())))
                .chain(once(async { Bytes::from_static(b"\"}") }));
            let body = Body::from_stream(chunks.map(Ok::<_, Infallible>));
            (answer.status, answer.headers, body).into_response()
        }
    }
}

fn whole(answer: Answer) -> Response {
    (answer.status, answer.headers, answer.body).into_response()
}

/// Announces the length of the whole body, however much of it comes.
fn with_length(mut answer: Answer, body: Body) -> Response {
    answer.headers.insert(header::CONTENT_LENGTH, answer.body.len().into());
    (answer.status, answer.headers, body).into_response()
}

/// A body that fails before its first byte: the server closes without having sent even the status.
fn disconnected() -> Response {
    let nothing = once(async { Err::<Bytes, _>(io::Error::other("disconnected")) });
    (StatusCode::OK, Body::from_stream(nothing)).into_response()
}

/// The same fields with values of other types.
fn wrong_types(body: Value) -> Value {
    match body {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, wrong_type(&value))).collect()
        }
        other => wrong_type(&other),
    }
}

fn wrong_type(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::from(7),
        Value::Null | Value::Bool(_) | Value::Number(_) => Value::from("seven"),
        Value::Array(_) | Value::Object(_) => Value::from(true),
    }
}
