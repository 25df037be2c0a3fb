//! The pages of the problems.

use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    text::markdown,
    view::{Place, frame},
};
use crate::{CODES, problem};

/// Every code, by status.
pub(super) fn list(document: &Value) -> Markup {
    let mut statuses: Vec<u16> = CODES.iter().map(|(_, status, _)| *status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let body = html! {
        h1 { "Problems" }
        p {
            "What goes wrong is answered as " code { "application/problem+json" }
            " (RFC 9457). " code { "code" } " never changes its meaning, " code { "detail" }
            " says what to do, and " code { "errors" } " lists the fields at fault. "
            "Quote " code { "request_id" } " when you ask for help."
        }
        p { "The fields are those of " a href="/docs/schemas#Problem" { "Problem" } "." }
        @for status in statuses {
            section id={ "status-" (status) } aria-labelledby={ "status-" (status) "-title" } {
                h2 id={ "status-" (status) "-title" } { (status) " " (reason(status)) }
                ul class="codes" {
                    @for (code, _, title) in CODES.iter().filter(|(_, of, _)| *of == status) {
                        li { a href={ "/docs/problems/" (code) } { code { (code) } } " " (title) }
                    }
                }
            }
        }
    };
    frame(document, "Problems", Place::Problems, &body)
}

/// The page of one code.
pub(super) fn page(document: &Value, code: &str) -> Option<Markup> {
    let text = problem::page(code)?;
    let (code, status, title) = CODES.iter().find(|(known, ..)| *known == code)?;
    let body = html! {
        p class="trail" { a href="/docs/problems" { "Problems" } }
        article class="problem" { (markdown(text)) }
        p class="bounds" { "Code " code { (code) } ", status " (status) " " (reason(*status)) "." }
    };
    Some(frame(document, title, Place::Problems, &body))
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}
