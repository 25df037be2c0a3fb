//! The registry of codes and the shape of the answer.

use std::{collections::BTreeSet, path::Path};

use super::*;

fn pages() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/problems");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect()
}

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let codes: BTreeSet<String> = CODES.iter().map(|(code, ..)| (*code).to_owned()).collect();
    assert_eq!(pages(), codes);
}

#[test]
fn every_page_has_its_title_and_says_what_to_do() {
    for (code, _, title) in CODES {
        let text = page(code).unwrap();
        assert!(text.starts_with(&format!("# {title}\n")), "{code}");
        assert!(text.contains("\n## What to do\n"), "{code}");
    }
}

#[test]
fn codes_are_sorted_and_their_statuses_are_errors() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
    assert!(CODES.iter().all(|(_, status, _)| (400..600).contains(status)));
}

#[test]
fn every_code_used_in_this_crate_is_registered() {
    let mut used = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text: String = std::fs::read_to_string(path).unwrap().split_whitespace().collect();
            for part in text.split(concat!("Problem::", "new(\"")).skip(1) {
                used.insert(part.split('"').next().unwrap().to_owned());
            }
        }
    }
    assert!(15 < used.len(), "the scan found too little to prove anything: {used:?}");
    for code in used {
        assert!(CODES.iter().any(|(known, ..)| *known == code), "{code}");
    }
}

#[test]
fn an_internal_problem_does_not_say_what_went_wrong() {
    let problem = Problem::internal(anyhow::anyhow!("password=hunter2"));
    assert!(!problem.body(Some("r1")).to_string().contains("hunter2"));
    assert_eq!(problem.status(), 500);
}

#[test]
fn a_database_that_is_away_is_503_and_says_when_to_come_back() {
    use axum::response::IntoResponse as _;
    let problem = Problem::from(sqlx::Error::PoolTimedOut);
    assert_eq!((problem.code(), problem.status()), ("unavailable", 503));
    let response = problem.into_response();
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[test]
fn a_query_that_we_wrote_wrong_is_500_and_keeps_its_store_error() {
    let problem = Problem::from(sqlx::Error::RowNotFound);
    assert_eq!(problem.code(), "internal");
    assert!(problem.into_store_error().is_ok());
}

#[test]
fn the_body_is_a_problem_document() {
    let problem = Problem::field("/contact_email", "must be an e-mail address");
    assert_eq!(
        problem.body(Some("req-1")),
        json!({
            "type": "/problems/invalid-input",
            "title": "The input is not valid",
            "status": 422,
            "code": "invalid-input",
            "detail": "correct the field `/contact_email`: must be an e-mail address",
            "request_id": "req-1",
            "errors": [{ "pointer": "/contact_email", "detail": "must be an e-mail address" }],
        })
    );
}
