//! What a request carries: its body and its query, as they come.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Query,
    http::{HeaderMap, Uri, header},
};

use super::BODY_MAX;
use crate::Problem;

pub(super) async fn read(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, BODY_MAX).await.map_err(|error| {
        let too_large = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if too_large {
            Problem::new("body-too-large", format!("send at most {BODY_MAX} bytes"))
        } else {
            Problem::new("malformed-json", "the body ended early; send it again")
        }
    })
}

pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new("unsupported-media-type", "set `Content-Type: application/json`"))
}

pub(super) fn query(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).map_err(|_unreadable| {
        Problem::field("", "the query is not valid; encode it as a form, in UTF-8")
    })
}
