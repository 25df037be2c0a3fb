//! The reference as a whole.

use std::collections::HashSet;

use serde_json::Value;

use super::*;
use crate::{CODES, Registry};

fn document() -> Value {
    crate::openapi::openapi(&Registry::new(crate::operations()).unwrap())
}

/// Every page of the reference with its address.
fn pages(document: &Value) -> Vec<(String, String)> {
    let groups = operation::groups(document);
    let groups = groups.iter().map(|(name, _)| {
        let slug = text::slug(name);
        (format!("/docs/operations/{slug}"), view::group(document, &slug).unwrap())
    });
    let codes = CODES.iter().map(|(code, ..)| {
        (format!("/docs/problems/{code}"), problems::page(document, code).unwrap())
    });
    let single = [
        ("/docs".to_owned(), view::overview(document)),
        ("/docs/schemas".to_owned(), view::schemas(document)),
        ("/docs/problems".to_owned(), problems::list(document)),
    ];
    single
        .into_iter()
        .chain(groups)
        .chain(codes)
        .map(|(at, page)| (at, page.into_string()))
        .collect()
}

fn attributes<'a>(page: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let begin = format!(" {name}=\"");
    page.split(&begin)
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|rest| rest.split_once('"').map_or(rest, |(value, _)| value))
}

#[test]
fn every_operation_is_shown_with_a_request_that_has_all_it_needs() {
    let document = document();
    let pages = pages(&document);
    let all: Vec<_> = operation::operations(&document).collect();
    assert!(50 < all.len(), "{}", all.len());
    for operation in &all {
        let address = format!("/docs/operations/{}", text::slug(operation.group()));
        let (_, page) = pages.iter().find(|(at, _)| *at == address).unwrap();
        assert!(page.contains(&format!(" id=\"{}\"", operation.id())), "{}", operation.id());
        let example = curl::curl(operation);
        let url = example.split('"').nth(1).unwrap();
        assert!(!url.contains('{'), "{}: its path has no example: {url}", operation.id());
    }
}

#[test]
fn every_link_leads_to_something_on_the_page_that_it_names() {
    let document = document();
    let pages = pages(&document);
    let mut places: HashSet<String> = HashSet::new();
    for (at, page) in &pages {
        places.insert(at.clone());
        let mut here = HashSet::new();
        for id in attributes(page, "id") {
            assert!(here.insert(id), "{at} has two of {id}");
            places.insert(format!("{at}#{id}"));
        }
    }
    places.extend(
        ["/healthz", "/openapi.json", "/docs/docs.css", "/docs/filter.js"].map(str::to_owned),
    );
    for (at, page) in &pages {
        for target in attributes(page, "href").chain(attributes(page, "src")) {
            let target =
                if target.starts_with('#') { format!("{at}{target}") } else { target.to_owned() };
            let is_outside = target.starts_with("https://");
            assert!(is_outside || places.contains(&target), "{at} leads to {target}");
        }
    }
}

#[test]
fn pages_hold_no_script_or_style_that_their_policy_refuses() {
    for (at, page) in pages(&document()) {
        for refused in [" style=\"", "<style", " onclick", "<script>", " src=\"http"] {
            assert!(!page.contains(refused), "{at} has {refused}");
        }
    }
}

#[test]
fn a_request_quotes_what_a_shell_would_read() {
    let mut document = document();
    let post = &mut document["paths"]["/v1/leads"]["post"];
    post["requestBody"]["content"]["application/json"]["example"] =
        serde_json::json!({ "company_name": "Ada's" });
    let operation =
        operation::operations(&document).find(|operation| operation.id() == "create_lead").unwrap();
    assert_eq!(
        curl::curl(&operation),
        "curl -X POST \"$HANDOFF_URL/v1/leads\" \\\n  \
         -H \"Authorization: Bearer $HANDOFF_TOKEN\" \\\n  \
         -H \"Idempotency-Key: $(uuidgen)\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  \
         -d '{\n  \"company_name\": \"Ada'\\''s\"\n}'"
    );
}
