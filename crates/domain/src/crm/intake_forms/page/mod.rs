//! The public pages of a form: to fill it in with or without JavaScript, and to embed it elsewhere.
//!
//! There is no session and no cookie, so a forged request gains nothing that the form does not offer to
//! everybody, and needs no token against it.

mod answers;
mod view;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use kernel::{
    FormId,
    trace::{Kind, Span},
};
use serde_json::{Value, json};

use super::IntakeForm;
use crate::{App, Caller, Problem, http::client_address};

/// The largest filled-in form.
const BODY_MAX: usize = 256 * 1024;
/// How many pages of one form are shown a minute to one address.
const PAGES_PER_MINUTE: u32 = 120;

/// The pages.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/forms/{form_id}", get(show).post(submit))
        .route("/forms/{form_id}/thanks", get(thanks))
        .route("/forms/{form_id}/embed.js", get(embed))
        .route("/forms/form.css", get(async || asset("text/css; charset=utf-8", CSS)))
        .route("/forms/height.js", get(async || asset("text/javascript; charset=utf-8", HEIGHT)))
        .with_state(app)
}

const CSS: &str = include_str!("form.css");
const HEIGHT: &str = include_str!("height.js");
const EMBED: &str = include_str!("embed.js");

fn asset(kind: &'static str, text: &'static str) -> Response {
    let cache = "public, max-age=3600";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], text).into_response()
}

async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    match open(&app, &id, client_address(request.extensions())).await {
        Ok((form, _)) if !form.is_active => page(StatusCode::GONE, &form, &view::closed(&form)),
        Ok((form, _)) => {
            let key = new_key(&app);
            let is_embedded = query.as_deref() == Some("embed");
            let shown = view::form(&form, &view::Filled::empty(&key), is_embedded);
            page(StatusCode::OK, &form, &shown)
        }
        Err(problem) => refused(&problem),
    }
}

/// A key of the page, which makes sending it twice one submission.
fn new_key(app: &App) -> String {
    let mut bytes = [0_u8; 16];
    app.db.random().fill(&mut bytes);
    hex::encode(bytes)
}

async fn submit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let is_embedded = query.as_deref() == Some("embed");
    let (form, caller) = match open(&app, &id, client_address(request.extensions())).await {
        Ok(opened) => opened,
        Err(problem) => return refused(&problem),
    };
    let (parts, body) = request.into_parts();
    let body = match axum::body::to_bytes(body, BODY_MAX).await {
        Ok(body) if is_a_form(&parts.headers) => body,
        Ok(_) => {
            return refused(&Problem::new("unsupported-media-type", "send the form as a form"));
        }
        Err(_too_large) => {
            let detail = format!("a filled-in form has at most {BODY_MAX} bytes");
            return refused(&Problem::new("body-too-large", detail));
        }
    };
    let filled = answers::read(&form, &body);
    if filled.is_trapped {
        // A program filled in the field that nobody sees. It is told what a person is told.
        metrics::counter!("handoff_form_submissions_trapped_total").increment(1);
        return see_thanks(&form, is_embedded);
    }
    let input = json!({
        "form_id": form.form_id,
        "intake_data": filled.answers,
        "submission_key": filled.key,
    });
    let decision = app.limits.check(
        &caller.principal.to_string(),
        caller.role.rate_per_minute(),
        app.db.clock().now(),
    );
    let done = match decision.into_result() {
        Ok(()) => store(&app, caller, input).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => see_thanks(&form, is_embedded),
        // Nothing that could be corrected: the form was closed.
        Err(problem) if problem.status() == 409 => refused(&problem),
        Err(problem) => {
            problem.log();
            let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let again = view::Filled { problem: Some(&problem), ..view::Filled::again(&filled) };
            let mut response = page(status, &form, &view::form(&form, &again, is_embedded));
            if let Some(wait) = problem.retry_after_seconds() {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            }
            response
        }
    }
}

/// In a task of its own: whoever closes the page while it is being stored does not undo it.
async fn store(app: &Arc<App>, caller: Caller, input: Value) -> Result<Value, Problem> {
    let working = Arc::clone(app);
    let span = Span::begin("submit_intake_form", Kind::Server, None);
    let stored = app.work.spawn(async move {
        span.within(working.invoke(&caller, "submit_intake_form", input)).await
    });
    stored.await.map_err(Problem::internal)?
}

fn is_a_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// Answered by a redirect, so that reloading the page does not send the form again.
fn see_thanks(form: &IntakeForm, is_embedded: bool) -> Response {
    let query = if is_embedded { "?embed" } else { "" };
    Redirect::to(&format!("/forms/{}/thanks{query}", form.form_id)).into_response()
}

async fn thanks(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    match open(&app, &id, client_address(request.extensions())).await {
        Ok((form, _)) => {
            let shown = view::thanks(&form, query.as_deref() == Some("embed"));
            page(StatusCode::OK, &form, &shown)
        }
        Err(problem) => refused(&problem),
    }
}

/// The script that puts the form into another site's page.
async fn embed(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    match open(&app, &id, client_address(request.extensions())).await {
        Ok((form, _)) => {
            let script = EMBED.replace("FORM_ID", &form.form_id.to_string());
            asset_of(script).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

fn asset_of(script: String) -> Response {
    let kind = "text/javascript; charset=utf-8";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], script)
        .into_response()
}

/// The form and whoever came to it, counted.
async fn open(
    app: &App,
    id: &str,
    address: Option<IpAddr>,
) -> Result<(IntakeForm, Caller), Problem> {
    let counted = format!("pages:{id}:{address:?}");
    app.limits.check(&counted, PAGES_PER_MINUTE, app.db.clock().now()).into_result()?;
    let caller = super::visitor(&app.db, id, address).await?;
    let form: FormId = id.parse().map_err(|_not_an_id| super::unknown())?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let form = super::load(&mut tx, form).await?;
    tx.commit().await?;
    Ok((form, caller))
}

fn page(status: StatusCode, form: &IntakeForm, shown: &maud::Markup) -> Response {
    let ancestors = if form.allowed_origins.is_empty() {
        "'self'".to_owned()
    } else {
        format!("'self' {}", form.allowed_origins.join(" "))
    };
    html(status, &ancestors, shown)
}

fn refused(problem: &Problem) -> Response {
    problem.log();
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::NOT_FOUND);
    let mut response = html(status, "'none'", &view::refused(problem));
    if let Some(wait) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

fn html(status: StatusCode, ancestors: &str, shown: &maud::Markup) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, shown.0.clone()).into_response()
}

/// What was typed, on its way to the operation and, if it is refused, back to the page.
struct Typed {
    key: Option<String>,
    is_trapped: bool,
    /// By field, as the operation takes them.
    answers: serde_json::Map<String, Value>,
}

/// The bytes of a form as names and values.
fn pairs(body: &Bytes) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}
