//! The front door: TLS from files, and who a request comes from.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use handoff::{
    listen::{TlsFiles, parse_proxies},
    node::{Node, NodeOptions},
};
use it::{Database, Program, wait_until};
use rcgen::CertifiedKey;
use reqwest::Version;
use rustls::{ClientConfig, RootCertStore};

const SOON: Duration = Duration::from_secs(20);
/// Letting idle connections go takes no time; requests under way would have fifteen seconds.
const PROMPT: Duration = Duration::from_secs(8);

/// A new certificate for this machine, written where the node looks for it.
fn renew(files: &TlsFiles) -> RootCertStore {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    roots
}

/// A client that trusts one certificate only.
fn trusting(
    roots: RootCertStore,
    protocol: &str,
    version: &[&'static rustls::SupportedProtocolVersion],
) -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(version)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy().build().unwrap()
}

const TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
const TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];

fn encrypted(database: &Database, folder: &Path) -> (NodeOptions, TlsFiles) {
    let mut options = Program::options(database);
    (options.sandbox, options.config.sandbox) = (None, false);
    let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    options.config.tls = Some(files.clone());
    (options, files)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_taken_over_and_no_connection_is_dropped() {
    let database = Database::create().await;
    let (options, files) = encrypted(&database, &database.data());
    let first = renew(&files);
    let node = Node::start(options).await.unwrap();
    assert!(node.app.public_url().is_https());
    let url = format!("{}/healthz", node.base());
    let connected = trusting(first.clone(), "h2", TLS13);
    let answer = connected.get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    let old = trusting(first, "http/1.1", TLS12);
    let answer = old.get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));

    let second = renew(&files);
    let new = trusting(second.clone(), "h2", TLS13);
    wait_until("the new certificate is shown", SOON, || async { new.get(&url).send().await.ok() })
        .await;
    // It trusts the first certificate only, so it is still on its first connection.
    assert_eq!(connected.get(&url).send().await.unwrap().status().as_u16(), 200);

    // A key that does not go with the certificate changes nothing.
    std::fs::write(&files.key, "torn").unwrap();
    let url_of_plain = format!("http://{}/healthz", node.address);
    assert!(new.get(&url_of_plain).send().await.is_err(), "plain HTTP is not answered");
    let again = trusting(second, "h2", TLS13);
    assert_eq!(again.get(&url).send().await.unwrap().status().as_u16(), 200);

    let stopping = Instant::now();
    node.stop().await;
    assert!(stopping.elapsed() < PROMPT, "open connections held up the stop");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_guesses_tokens_is_told_to_wait_and_whoever_has_one_is_not() {
    let trusted = parse_proxies(&["127.0.0.1".to_owned()]).unwrap();
    let program = Program::start_with(|options| options.config.trusted_proxies = trusted).await;
    let guess = async |address: &str| {
        let headers = [("x-forwarded-for", address), ("authorization", "Bearer guess")];
        program.stranger.send("GET", "/v1/me", &headers, None).await
    };
    let mut refused = 0;
    for _ in 0..130 {
        let answer = guess("203.0.113.7").await;
        refused += u32::from(answer.status == 429);
        assert!([401, 429].contains(&answer.status), "{}", answer.text());
    }
    assert!((5..=15).contains(&refused), "{refused}");
    let last = guess("203.0.113.7").await;
    assert_eq!(last.json()["code"], "too-many-requests");
    assert!(last.header("retry-after").parse::<u32>().unwrap() <= 60);
    assert_eq!(guess("203.0.113.8").await.status, 401);
    let beside = program.owner.send("GET", "/v1/me", &[("x-forwarded-for", "203.0.113.7")], None);
    assert_eq!(beside.await.status, 200, "a valid token pays for a neighbour's guesses");
    assert_eq!(program.owner.get("/v1/me").await.status, 200);
    program.stop().await;
}
