//! Requests about the person who makes them: signing in, and what belongs to it.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    ClientAddress, DEADLINE,
    body::{query, read, require_json},
    browser, input,
    serve::timed_out,
};
use crate::{
    App, Handler, Operation, Problem,
    identity::sessions::SessionText,
    operation::{CookieChange, Reply, Visit},
};

/// How many such requests one address may make in a minute.
const PER_MINUTE: u32 = 300;

pub(super) async fn serve(
    app: &Arc<App>,
    operation: &'static str,
    path: &[(String, String)],
    request: Request,
) -> Response {
    let answered = tokio::time::timeout(DEADLINE, answer(app, operation, path, request)).await;
    let mut response = match answered {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_elapsed) => timed_out().into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(
    app: &Arc<App>,
    name: &'static str,
    path: &[(String, String)],
    request: Request,
) -> Result<Response, Problem> {
    let entry = app.registry.find(name)?;
    let operation = &entry.operation;
    let (parts, body) = request.into_parts();
    let address = super::client_address(&parts.extensions);
    count(app, address)?;
    let session = browser::session(app, &parts.headers).await?;
    browser::require_own_page(app, operation.method, &parts.headers, session.as_ref())?;
    let body = read(body).await?;
    if operation.method.has_body() && !body.is_empty() {
        require_json(&parts.headers)?;
    }
    let input = input::merge(operation, path, &query(&parts.uri)?, &body)?;
    let errors = entry.errors(&input);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let visit = Visit { address, user_agent: user_agent(&parts.headers), session };
    let reply = perform(app, operation, visit, input).await?;
    let status = StatusCode::from_u16(operation.status).unwrap_or(StatusCode::OK);
    let mut response = (status, axum::Json(reply.output)).into_response();
    let cookie = match reply.cookie {
        Some(CookieChange::Set(text)) => text.set_cookie(),
        Some(CookieChange::Clear) => Some(SessionText::clear_cookie()),
        Some(CookieChange::Attempt(text)) => text.set_cookie(),
        None => None,
    };
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Finishes what was begun, whether or not the browser still listens.
async fn perform(
    app: &Arc<App>,
    operation: &Operation,
    visit: Visit,
    input: Value,
) -> Result<Reply<Value>, Problem> {
    let Handler::Account(run) = &operation.handler else {
        return Err(Problem::internal(anyhow::anyhow!("an operation changed its handler")));
    };
    app.work
        .spawn(run(Arc::clone(app), visit, input))
        .await
        .map_err(|error| Problem::internal(anyhow::Error::new(error)))?
}

pub(super) fn count(app: &App, address: Option<IpAddr>) -> Result<(), Problem> {
    let Some(address) = address else { return Ok(()) };
    let from = format!("account of {}", ClientAddress(address).counted_by());
    app.limits.check(&from, PER_MINUTE, app.db.clock().now()).into_result()
}

pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::USER_AGENT)?.to_str().ok()?.to_owned())
}
