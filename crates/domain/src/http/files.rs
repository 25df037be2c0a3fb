//! `GET /files/{kind}/{id}.pdf?key=…`: files for whoever has their link, without a token.
//!
//! There is no list, and what a key does not open is refused alike, whether it exists or not.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header::REFERRER_POLICY},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use store::links::LinkError;

use super::answer::Answer;
use crate::{App, Caller, Principal, Problem, Role};

/// Kind, the operation that answers the file, and the field that takes the id.
const LINKED: &[(&str, &str, &str)] = &[
    ("deliverables", "get_deliverable_pdf", "deliverable_id"),
    ("invoices", "get_invoice_pdf", "invoice_id"),
    ("proposals", "get_proposal_pdf", "proposal_id"),
];

#[derive(Debug, Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    key: String,
}

pub(super) async fn file(
    State(app): State<Arc<App>>,
    Path((kind, file)): Path<(String, String)>,
    query: Result<Query<Given>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let key = query.map(|Query(given)| given.key).unwrap_or_default();
    let mut response = match open(&app, &kind, &file, &key).await {
        Ok(answer) => answer.unless_known(&headers).into_response(),
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    // The address is the key: it goes neither to other sites nor into search engines.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

async fn open(app: &Arc<App>, kind: &str, file: &str, key: &str) -> Result<Answer, Problem> {
    let id = file.strip_suffix(".pdf").unwrap_or_default();
    let now = app.db.clock().now();
    let checked = app.db.links().ok_or(LinkError::Forged);
    let tenant = checked.and_then(|links| links.check(kind, id, key, now)).map_err(refused)?;
    let Some((_, operation, field)) = LINKED.iter().find(|(known, ..)| *known == kind) else {
        return Err(refused(LinkError::Forged));
    };
    let principal = Principal::System("link");
    let caller = Caller { tenant, principal, role: Role::Staff, rate_per_minute: None };
    let output = app.invoke(&caller, operation, json!({ *field: id })).await?;
    Answer::inline(output)
}

fn refused(error: LinkError) -> Problem {
    match error {
        LinkError::Forged => Problem::new(
            "link-invalid",
            "this link opens nothing; use it whole, as it was sent, or ask its sender for another",
        ),
        LinkError::Expired => {
            Problem::new("link-expired", "this link has expired; ask its sender for another")
        }
    }
}
