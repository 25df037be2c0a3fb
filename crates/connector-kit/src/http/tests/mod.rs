mod egress;
mod endings;

use std::time::Duration;

use kernel::{Secret, Timestamp};
use tokio::net::TcpListener;

use super::*;

/// Longer than any test takes.
const PATIENT: Duration = Duration::from_secs(20);

fn allowing(hosts: &[String]) -> Http {
    Http::new(EgressPolicy { allowed_private_hosts: hosts.to_vec() })
}

async fn trap() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Whether somebody connected. The kernel queues a connection before its client knows of it.
fn is_untouched(trap: TcpListener) -> bool {
    let trap = trap.into_std().unwrap();
    trap.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

/// The code of an error, or its kind.
fn code(error: &CallError) -> String {
    match error {
        CallError::Rejected { code, .. } => code.clone(),
        CallError::Throttled { .. } => "throttled".to_owned(),
        CallError::Unavailable { .. } => "unavailable".to_owned(),
        CallError::Ambiguous { status, .. } => format!("ambiguous {status:?}"),
        CallError::Credentials(_) => "credentials".to_owned(),
        CallError::Unreadable { .. } => "unreadable".to_owned(),
        CallError::NotTried(_) => "not tried".to_owned(),
    }
}

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

#[test]
fn a_request_shows_no_credential() {
    let request = Request::get("https://example.com/path?token=tok_1")
        .bearer(&Secret::new("tok_2"))
        .secret_header("x-api-key", &Secret::new("tok_3"));
    let shown = format!("{request:?}");
    for secret in ["tok_1", "tok_2", "tok_3"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_credential_that_the_answer_repeats_is_blotted_out() {
    let echo = |headers: ::http::HeaderMap| async move {
        let sent = headers["authorization"].to_str().unwrap().to_owned();
        let key = headers["x-api-key"].to_str().unwrap().to_owned();
        (::http::StatusCode::BAD_REQUEST, format!("you sent {sent} and {key}"))
    };
    let router = axum::Router::new().route("/", axum::routing::get(echo));
    let served = crate::simulator::serve(router).await.unwrap();
    let request = Request::get(&served.url())
        .bearer(&Secret::new("sk-bearer"))
        .secret_header("x-api-key", &Secret::new("sk-header"));
    let answer = allowing(&[served.host()]).send(request, PATIENT).await.unwrap();
    assert_eq!(str::from_utf8(&answer.body).unwrap(), "you sent [secret] and [secret]");
    let shown = format!("{answer:?}");
    let shown = format!("{shown} {:?}", answer.ok_or_error(now()).unwrap_err());
    assert!(shown.contains("you sent [secret] and [secret]"), "{shown}");
    assert!(!shown.contains("sk-"), "{shown}");
}

#[tokio::test]
async fn a_mistake_in_the_request_is_told_and_nothing_is_sent() {
    let (trap, port) = trap().await;
    let url = format!("http://127.0.0.1:{port}/");
    let http = allowing(&["127.0.0.1".to_owned()]);
    for (request, expected) in [
        (Request::get(&url).bearer(&Secret::new("a\nb")), "credentials"),
        (Request::get(&url).header("a b", "c"), "invalid-request"),
        (Request::get(&url).header("a", "b\nc"), "invalid-request"),
        (Request::get("not a url"), "invalid-request"),
    ] {
        let error = http.send(request, PATIENT).await.unwrap_err();
        assert_eq!(code(&error), expected);
        assert!(!error.to_string().contains("a\nb"), "{error}");
    }
    assert!(is_untouched(trap));
}

#[test]
fn an_id_from_outside_stays_one_segment_of_a_path() {
    for (base, id, expected) in [
        ("https://x.example", "a", "https://x.example/leads/a"),
        ("https://x.example/", "a", "https://x.example/leads/a"),
        ("https://x.example/v1", "a/../b", "https://x.example/v1/leads/a%2F..%2Fb"),
        ("https://x.example/v1/", "a?b#c", "https://x.example/v1/leads/a%3Fb%23c"),
        ("https://x.example", "%2e%2e", "https://x.example/leads/%252e%252e"),
        ("https://x.example", "é \\", "https://x.example/leads/%C3%A9%20%5C"),
    ] {
        assert_eq!(join(base, &["leads", id]), Ok(expected.to_owned()));
    }
    for (base, id) in [
        ("https://x.example", ".."),
        ("https://x.example", "."),
        ("https://x.example", ""),
        ("x", "a"),
        ("mailto:a@b.c", "a"),
    ] {
        assert_eq!(code(&join(base, &["leads", id]).unwrap_err()), "invalid-request");
    }
}
