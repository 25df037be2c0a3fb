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
use serde_json::Value;
use uuid::Uuid;

use super::markdown::{is_harmless, render};
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
    tenant: String,
    company: String,
    summary: Option<String>,
    parts: Vec<Part>,
}

struct Part {
    kind: String,
    markdown: String,
    formatted_output: Option<Value>,
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
    let about = sqlx::query!(
        r#"
        select t.name as tenant, c.company_name, coalesce(l.summary, l.agent_summary) as summary
        from crm.lead l
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        join identity.tenant t on t.tenant_id = l.tenant_id
        where l.lead_id = $1
        "#,
        lead.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let parts = sqlx::query_as!(
        Part,
        r#"
        select type as kind, markdown, formatted_output from delivery.deliverable
        where lead_id = $1 and is_attached and status <> 'rejected'
        order by array_position(
            array['branding_strategy', 'website_plan', 'social_strategy', 'copywriting'], type)
        "#,
        lead.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(Proposal {
        tenant: about.tenant,
        company: about.company_name,
        summary: about.summary,
        parts,
    })
}

fn title_of(kind: &str) -> &'static str {
    match kind {
        "branding_strategy" => "Brand strategy",
        "website_plan" => "Website",
        "social_strategy" => "Social media",
        _ => "Copywriting",
    }
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

fn page(proposal: &Proposal) -> Markup {
    let title = format!("Proposal for {}", proposal.company);
    let body = html! {
        header {
            p class="from" { (proposal.tenant) }
            h1 { (title) }
            @if let Some(summary) = &proposal.summary { p class="summary" { (summary) } }
            nav aria-label="Contents" {
                @for part in &proposal.parts { a href={ "#" (part.kind) } { (title_of(&part.kind)) } }
            }
        }
        main {
            @for part in &proposal.parts {
                section id=(part.kind) {
                    h2 { (title_of(&part.kind)) }
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
