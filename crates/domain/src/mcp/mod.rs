//! Operations as tools of AI agents, over the Model Context Protocol at `/mcp`.
//!
//! Every operation is a tool, under the same name, with the same schemas, permissions, limits and problems
//! as over REST. What an agent may use is further decided by the wall ([`Side`]): it reads what clients
//! wrote, or it acts, never both.
//!
//! Each request stands for itself: there are no sessions, so any node answers it.

mod answer;
mod handler;
#[cfg(test)]
mod tests;
mod tools;
mod wall;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
    routing::any,
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use serde_json::json;

pub use wall::{Reach, Side, UnknownSide};

use crate::{
    App, Problem, PublicUrl,
    http::{
        BODY_MAX, DEADLINE, bearer, client_address, counted, request_id, timed_out,
        unless_guessing, with_rate, with_request_ids,
    },
};
use handler::{Agent, Tools};

/// JSON-RPC's code for a body that is no JSON.
const PARSE_ERROR: i32 = -32_700;

type Service = StreamableHttpService<Tools, NeverSessionManager>;

/// The endpoint of AI agents.
pub fn router(app: Arc<App>) -> Router {
    let tools = Tools::new(Arc::clone(&app));
    let service = StreamableHttpService::new(
        move || Ok(tools.clone()),
        Arc::new(NeverSessionManager::default()),
        config(app.public_url()),
    );
    let handler = move |request: Request| async move { serve(app, service, request).await };
    with_request_ids(Router::new().route("/mcp", any(handler)))
}

fn config(public_url: &PublicUrl) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(BODY_MAX)
        // A page that reaches us under another name has no token of ours, and says its own origin.
        .disable_allowed_hosts()
        .with_allowed_origins([public_url.origin_with_port()])
        .enforce_origin_validation()
}

async fn serve(app: Arc<App>, service: Service, mut request: Request) -> Response {
    let address = client_address(request.extensions());
    let authenticated = app.tokens.authenticate(&app.db, bearer(request.headers()));
    let bearer = match unless_guessing(&app, address, authenticated).await {
        Ok(bearer) => bearer,
        Err(problem) => return problem.into_response(),
    };
    let decision = counted(&app, &bearer.caller);
    if let Some(Err(problem)) = decision.map(crate::rate::Decision::into_result) {
        return with_rate(decision, problem.into_response());
    }
    let side = bearer.side.unwrap_or(Side::Reader);
    request.extensions_mut().insert(Agent {
        caller: bearer.caller,
        side,
        request_id: request_id(),
    });
    let handled = async {
        match well_formed(request).await {
            Ok(request) => service.handle(request).await.map(Body::new),
            Err(refusal) => refusal,
        }
    };
    // A tool ends within the deadline by itself, and says so as its result.
    let response = match tokio::time::timeout(DEADLINE + DEADLINE / 2, handled).await {
        Ok(response) => response,
        Err(_elapsed) => timed_out().into_response(),
    };
    with_rate(decision, response)
}

/// What is no JSON is answered as JSON-RPC 2.0 has it (5.1), which the SDK leaves to us.
async fn well_formed(request: Request) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.map_err(|_too_large| {
        let detail = format!("a request has at most {BODY_MAX} bytes");
        Problem::new("body-too-large", detail).into_response()
    })?;
    if parts.method == Method::POST
        && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&body)
    {
        let error =
            json!({ "code": PARSE_ERROR, "message": format!("the body is not JSON: {error}") });
        let answer = json!({ "jsonrpc": "2.0", "id": null, "error": error });
        return Err((StatusCode::BAD_REQUEST, Json(answer)).into_response());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}
