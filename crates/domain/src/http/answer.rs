//! An operation's answer on its way out.

use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::Problem;

/// Status and body, fixed before the transaction commits so that a replay is the same to the byte.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(super) status: u16,
    pub(crate) body: Vec<u8>,
    pub(super) replayed: bool,
}

impl Answer {
    pub(super) fn new(status: u16, output: &Value) -> Result<Self, Problem> {
        let body = serde_json::to_vec(output).map_err(Problem::internal)?;
        Ok(Self { status, body, replayed: false })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}
