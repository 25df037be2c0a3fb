//! `GET /proposals/{key}`: the page that a client reads. No script, no cookie, nothing from elsewhere.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use kernel::{LeadId, TenantId};
use maud::{DOCTYPE, Markup, html};
use uuid::Uuid;

use super::{
    content::{self, Content, Part},
    markdown::{is_harmless, render},
};
use crate::{App, Problem, http::client_address};

/// How many pages a minute are shown to one address.
const PAGES_PER_MINUTE: u32 = 120;
const CSS: &str = include_str!("proposal.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The pages.
pub(crate) fn router(app: Arc<App>) -> Router {
    let css = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Router::new()
        .route("/proposals/{key}", get(show))
        .route("/proposals/proposal.css", get(async move || (css, CSS)))
        .with_state(app)
}

async fn show(State(app): State<Arc<App>>, Path(key): Path<String>, request: Request) -> Response {
    let counted = format!("pages:proposals:{:?}", client_address(request.extensions()));
    let decision = app.limits.check(&counted, PAGES_PER_MINUTE, app.db.clock().now());
    let found = match decision.into_result() {
        Ok(()) => load(&app, &key).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok(proposal) => answer(StatusCode::OK, &page(&proposal)),
        Err(problem) => {
            problem.log();
            let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::NOT_FOUND);
            let mut response = answer(status, &refused(&problem));
            if let Some(wait) = problem.retry_after_seconds() {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            }
            response
        }
    }
}

fn answer(status: StatusCode, shown: &Markup) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address is the key.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, shown.0.clone()).into_response()
}

struct Proposal {
    content: Content,
    /// Where its PDF is, on this host.
    pdf: Option<String>,
}

async fn load(app: &App, key: &str) -> Result<Proposal, Problem> {
    let unknown =
        || Problem::new("not-found", "there is no such proposal; check the address you were sent");
    // Bound to no tenant that exists: the look-up is a function that may see whose proposal it is.
    let mut tx = app.db.tenant(TenantId::from(Uuid::nil())).await?;
    let found = sqlx::query!(
        r#"select tenant_id as "tenant_id!", lead_id as "lead_id!" from agreements.find_proposal($1)"#,
        key
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    let found = found.ok_or_else(unknown)?;
    let (tenant, lead) = (TenantId::from(found.tenant_id), LeadId::from(found.lead_id));
    let mut tx = app.db.tenant(tenant).await?;
    let content = content::read(&mut tx, lead).await?;
    tx.commit().await?;
    let id = content.proposal_id.to_string();
    let pdf = app.db.links().and_then(|links| links.path(tenant, "proposals", &id, None));
    Ok(Proposal { content, pdf })
}

fn frame(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href="/proposals/proposal.css";
            }
            body { (body) }
        }
    }
}

fn page(Proposal { content, pdf }: &Proposal) -> Markup {
    let title = format!("Proposal for {}", content.company_name);
    let body = html! {
        header {
            p class="from" { (content.tenant) }
            h1 { (title) }
            @if let Some(summary) = &content.summary { p class="summary" { (summary) } }
            nav aria-label="Contents" {
                @for part in &content.parts { a href={ "#" (part.kind) } { (part.title()) } }
            }
            @if let Some(pdf) = pdf {
                p class="pdf" { a href=(pdf) download="" { "Download PDF" } }
            }
        }
        main {
            @for part in &content.parts {
                section id=(part.kind) {
                    h2 { (part.title()) }
                    (render(&part.markdown))
                    @if let Some(address) = pdf_of(part) {
                        p class="pdf" { a href=(address) rel="noopener noreferrer" { "Read it as a PDF" } }
                    }
                }
            }
        }
    };
    frame(&title, &body)
}

fn pdf_of(part: &Part) -> Option<&str> {
    let address = part.formatted_output.as_ref()?.get("pdf_url")?.as_str()?;
    is_harmless(address).then_some(address)
}

fn refused(problem: &Problem) -> Markup {
    let body = html! {
        header { h1 { "This proposal cannot be shown" } p class="summary" { (problem.detail()) } }
    };
    frame("This proposal cannot be shown", &body)
}
