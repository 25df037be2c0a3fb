//! The pages around operations and schemas.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::{
    operation::{self, groups, line},
    schema,
    text::{capitalised, markdown, slug},
};

/// Which part of the reference a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Overview,
    Group(&'a str),
    Schemas,
    Problems,
    Elsewhere,
}

fn head(title: &str, script: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="robots" content="noindex";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="stylesheet" href="/docs/docs.css";
            @if script { script src="/docs/filter.js" defer {} }
        }
    }
}

/// A page of the reference.
pub(super) fn frame(document: &Value, title: &str, place: Place<'_>, body: &Markup) -> Markup {
    let link = |target: &str, text: &str, of: Place<'_>| {
        let current = (of == place).then_some("page");
        html! { a href=(target) aria-current=[current] { (text) } }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} · Handoff"), place == Place::Overview))
            body class="docs" {
                a class="skip" href="#main" { "Skip to the content" }
                header {
                    a class="brand" href="/docs" { "Handoff " span { "HTTP interface" } }
                    span class="version" { (document["info"]["version"].as_str().unwrap_or_default()) }
                    a class="raw" href="/openapi.json" { "openapi.json" }
                }
                nav aria-label="Reference" {
                    (link("/docs", "Overview", Place::Overview))
                    (link("/docs/problems", "Problems", Place::Problems))
                    (link("/docs/schemas", "Schemas", Place::Schemas))
                    span class="label" { "Operations" }
                    @for (name, _) in groups(document) {
                        (link(&address(name), &capitalised(name), Place::Group(name)))
                    }
                }
                main id="main" tabindex="-1" { (body) }
            }
        }
    }
}

fn address(group: &str) -> String {
    format!("/docs/operations/{}", slug(group))
}

/// `/docs`: how to begin, and every operation.
pub(super) fn overview(document: &Value) -> Markup {
    let groups = groups(document);
    let body = html! {
        h1 { "HTTP interface" }
        (markdown(document["info"]["description"].as_str().unwrap_or_default()))
        h2 id="begin" { "Begin" }
        p {
            "Every request needs a token. Make one with " code { "handoff token create NAME --role ROLE" }
            ", and give it as a bearer:"
        }
        pre tabindex="0" role="region" aria-label="Example: the first request" {
            code {
                "export HANDOFF_URL=http://127.0.0.1:8080\n"
                "export HANDOFF_TOKEN=hof_…\n"
                "curl \"$HANDOFF_URL/v1/me\" -H \"Authorization: Bearer $HANDOFF_TOKEN\""
            }
        }
        ul {
            li { strong { "Permissions. " } "Each operation names the permission that it needs. The token's role gives it." }
            li {
                strong { "Repeating. " } "A write with an " code { "Idempotency-Key" }
                " may be sent again: it is done once, and answered alike with "
                code { "Idempotency-Replayed: true" } "."
            }
            li {
                strong { "Rates. " } code { "RateLimit" } " says how many requests are left. After "
                a href="/docs/problems#status-429" { "429" } " and " a href="/docs/problems#status-503" { "503" }
                ", wait for " code { "Retry-After" } " seconds."
            }
            li { strong { "Problems. " } "They have a code, and " a href="/docs/problems" { "each code has a page" } "." }
        }
        h2 id="operations" { "Operations" }
        p id="filter" hidden {
            label for="filter-text" { "Filter" }
            input id="filter-text" type="search" autocomplete="off" spellcheck="false"
                placeholder="lead, /v1/runs, POST …";
            span id="filter-count" role="status" {}
        }
        div id="groups" {
            @for (name, operations) in groups {
                section class="group" {
                    h3 { a href=(address(name)) { (capitalised(name)) } }
                    ul {
                        @for operation in operations {
                            li {
                                a href={ (address(name)) "#" (operation.id()) } {
                                    span class="summary" { (operation.summary()) }
                                    span class="line" { (line(&operation)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    frame(document, "HTTP interface", Place::Overview, &body)
}

/// `/docs/operations/{group}`
pub(super) fn group(document: &Value, address: &str) -> Option<Markup> {
    let groups = groups(document);
    let (name, operations) = groups.iter().find(|(name, _)| slug(name) == address)?;
    let body = html! {
        h1 { (capitalised(name)) }
        ul class="contents" {
            @for operation in operations {
                li { a href={ "#" (operation.id()) } { (operation.summary()) } }
            }
        }
        @for operation in operations { (operation::shown(operation)) }
    };
    Some(frame(document, &capitalised(name), Place::Group(name), &body))
}

/// `/docs/schemas`
pub(super) fn schemas(document: &Value) -> Markup {
    let schemas = document["components"]["schemas"].as_object();
    let body = html! {
        h1 { "Schemas" }
        p { "What bodies and answers are made of, in alphabetical order." }
        @for (name, described) in schemas.into_iter().flatten() {
            section class="schema" id=(name) aria-labelledby={ (name) "-title" } {
                h2 id={ (name) "-title" } {
                    (name) " " a class="anchor" href={ "#" (name) } aria-label={ "Link to " (name) } { "#" }
                }
                @if let Some(text) = described["description"].as_str() { (markdown(text)) }
                (schema::shown(described))
            }
        }
    };
    frame(document, "Schemas", Place::Schemas, &body)
}

/// A page for an address that nothing is behind.
pub(super) fn missing(document: &Value) -> Markup {
    let body = html! {
        h1 { "Not found" }
        p { "There is no such page. See " a href="/docs" { "the overview" } " for what there is." }
    };
    frame(document, "Not found", Place::Elsewhere, &body)
}
