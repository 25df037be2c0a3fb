use std::time::Duration;

use kernel::Secret;
use tokio::net::TcpListener;

use super::*;
use crate::CallError;

const SOON: Duration = Duration::from_secs(3);

/// Ways to write addresses that must not be reached. `PORT` is where the trap listens.
const HOSTS: &[&str] = &[
    // Loopback, in every notation that a URL parser understands.
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.1",
    "127.0.0.0x1",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "0.0.0.1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "a.b.localhost",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "１２７.０.０.１",
    // Private networks.
    "10.0.0.1",
    "10.255.255.255",
    "10.1",
    "0xa000001",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "172.20.10.5",
    "192.168.0.1",
    "192.168.1.1",
    "192.168.255.255",
    "3232235521",
    "0xc0a80001",
    // Link-local and metadata services.
    "169.254.169.254",
    "169.254.0.1",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "168.63.129.16",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    // Shared, special and documentation networks.
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    // IPv6 that is not global unicast, or carries an IPv4 address.
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::]",
    "[2001::1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::1]",
    "[5f00::1]",
    "[2001:10::1]",
    "[2001:2::1]",
    // Names of private networks.
    "printer.local",
    "db.internal",
    "metadata.google.internal",
    "nas.home.arpa",
    "router.lan",
    "wiki.intranet",
    "mail.corp",
    "api.default.svc",
];

/// The addresses of [`HOSTS`], over HTTPS on the usual port and on the trap's.
fn vectors(port: u16) -> Vec<String> {
    let mut vectors: Vec<String> = HOSTS
        .iter()
        .flat_map(|host| [format!("https://{host}/"), format!("https://{host}:{port}/")])
        .collect();
    for url in [
        "http://example.com/",
        "http://127.0.0.1:PORT/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:PORT/_x",
        "data:text/plain,x",
        "https://example.com:22/",
        "https://example.com:PORT/",
        "https://user:pass@example.com/",
        "https://user@127.0.0.1:PORT/",
        "https://example.com@127.0.0.1:PORT/",
        "https://127.0.0.1:PORT\\@example.com/",
        "https:///",
        "http:127.0.0.1:PORT",
        "//127.0.0.1:PORT/",
        "javascript:alert(1)",
        "",
        "not a url",
    ] {
        vectors.push(url.replace("PORT", &port.to_string()));
    }
    vectors
}

#[tokio::test]
async fn no_address_of_the_table_is_reached() {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = trap.local_addr().unwrap().port();
    let http = Http::new(EgressPolicy::default());
    let vectors = vectors(port);
    assert!(120 <= vectors.len(), "only {} vectors", vectors.len());
    for url in &vectors {
        let refused = http.send(Request::get(url), SOON).await;
        let is_refusal = matches!(
            &refused,
            Err(CallError::Rejected { status: 0, .. } | CallError::Unavailable { .. })
        );
        assert!(is_refusal, "{url}: {refused:?}");
    }
    let connected = tokio::time::timeout(Duration::from_millis(50), trap.accept()).await;
    assert!(connected.is_err(), "something connected to the trap");
}

#[tokio::test]
async fn a_host_that_the_operator_named_is_reached_and_no_other() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
    let serving = tokio::spawn(async move { axum::serve(server, router).await });
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![address.to_string()] });
    let answer = http.send(Request::get(&format!("http://{address}/")), SOON).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (200, &b"hello"[..]));
    let other = format!("http://127.0.0.1:{}/", address.port() ^ 1);
    let refused = http.send(Request::get(&other), SOON).await;
    assert!(matches!(refused, Err(CallError::Rejected { .. })), "{refused:?}");
    serving.abort();
}

#[tokio::test]
async fn nothing_was_sent_when_nobody_listens() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let http = Http::new(EgressPolicy { allowed_private_hosts: vec![gone.to_string()] });
    let refused = http.send(Request::post(&format!("http://{gone}/")), SOON).await;
    assert!(matches!(refused, Err(CallError::Unavailable { .. })), "{refused:?}");
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
