//! Where requests cannot go, by address, by name and by redirect.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Mutex, atomic::AtomicUsize, atomic::Ordering},
};

use reqwest::dns::{Name, Resolving};
use serde::Deserialize;

use super::*;

/// Addresses that must not be reached. `PORT` is where the trap listens.
#[derive(Deserialize)]
struct Forbidden {
    why: String,
    /// The code of the refusal.
    expected: String,
    urls: Vec<String>,
}

/// A resolver that gives these answers in turn, to whatever name.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[SocketAddr]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Scripted {
    fn resolve(&self, _name: Name) -> Resolving {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move { Ok(Box::new(answer.into_iter()) as _) })
    }
}

fn guarded_by(names: &Arc<Scripted>, is_public: fn(IpAddr) -> bool) -> Http {
    Http::over(EgressPolicy::default(), Arc::clone(names) as _, is_public)
}

#[tokio::test]
async fn a_forbidden_address_is_refused_before_a_name_is_looked_up_or_a_byte_sent() {
    let table: Vec<Forbidden> = serde_json::from_str(include_str!("../forbidden.json")).unwrap();
    // On every address of this machine, of either kind.
    let trap = match TcpListener::bind("[::]:0").await {
        Ok(trap) => trap,
        Err(_without_ipv6) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
    };
    let port = trap.local_addr().unwrap().port();
    let names = Arc::new(Scripted::default());
    let http = guarded_by(&names, address::is_public);
    let mut refused = 0;
    for Forbidden { why, expected, urls } in table {
        for pattern in urls {
            let url = pattern.replace("PORT", &port.to_string());
            let error = http.send(Request::get(&url), PATIENT).await.unwrap_err();
            assert_eq!(code(&error), expected, "{why}: {url:?}: {error}");
            assert!(!error.to_string().contains("pass@"), "{error}");
            refused += usize::from(expected == EGRESS_REFUSED);
        }
    }
    assert!(240 <= refused, "only {refused} addresses");
    assert_eq!(names.asked(), 0);
    assert!(is_untouched(trap));
}

#[tokio::test]
async fn the_trap_notices_whoever_connects() {
    let (trap, port) = trap().await;
    let http = allowing(&["127.0.0.1".to_owned()]);
    let sent =
        http.send(Request::get(&format!("http://0x7f.1:{port}/")), Duration::from_millis(50));
    assert_eq!(code(&sent.await.unwrap_err()), "ambiguous None");
    assert!(!is_untouched(trap));
}

#[tokio::test]
async fn any_private_address_among_the_answers_refuses_the_whole_name() {
    let (trap, port) = trap().await;
    let at = |text: &str| SocketAddr::new(text.parse().unwrap(), port);
    let public = at("93.184.216.34");
    for answer in [
        vec![at("127.0.0.1")],
        vec![at("127.0.0.1"), public],
        vec![public, at("127.0.0.1")],
        vec![public, at("2606:2800:220:1::1"), at("10.0.0.1")],
        vec![public, at("::ffff:127.0.0.1")],
        vec![public, at("::1")],
        vec![public, at("fd00::1")],
        vec![public, at("64:ff9b::7f00:1")],
        vec![public, at("169.254.169.254")],
        // The private one stands last among as many as are looked at.
        [vec![public; 63], vec![at("127.0.0.1")]].concat(),
        // Too many to look at, and none.
        vec![public; 65],
        vec![],
    ] {
        let names = Scripted::new(&[&answer]);
        let http = guarded_by(&names, address::is_public);
        let error = http.send(Request::get("https://mixed.example/"), PATIENT).await.unwrap_err();
        assert_eq!(code(&error), EGRESS_REFUSED, "{answer:?}: {error}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
        assert_eq!(names.asked(), 1);
    }
    assert!(is_untouched(trap));
}

/// Here 127.0.0.1 plays the public internet, and 127.0.0.2 the private network.
#[tokio::test]
async fn the_address_that_was_checked_is_the_one_connected_to() {
    let (public, port) = trap().await;
    let private = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let public_address = SocketAddr::from(([127, 0, 0, 1], port));
    let private_address = private.local_addr().unwrap();
    let names = Scripted::new(&[&[public_address], &[private_address], &[private_address]]);
    let http = guarded_by(&names, |address| address == IpAddr::from([127, 0, 0, 1]));
    let url = "https://rebinding.example/";

    let hang_up = async { drop(public.accept().await.unwrap()) };
    let (first, ()) = tokio::join!(http.send(Request::get(url), PATIENT), hang_up);
    assert_eq!(code(&first.unwrap_err()), "unavailable");
    assert_eq!(names.asked(), 1, "the name is looked up once for a connection");

    let second = http.send(Request::get(url), PATIENT).await.unwrap_err();
    assert_eq!((code(&second).as_str(), names.asked()), (EGRESS_REFUSED, 2));
    assert!(is_untouched(public) && is_untouched(private));
}

/// Even where the operator allowed the target: the request was not meant for it.
#[tokio::test]
async fn a_redirect_is_refused_wherever_it_leads() {
    let (trap, port) = trap().await;
    let redirect = |request: axum::extract::Request| async move {
        let query = request.uri().query().unwrap().to_owned();
        let (status, location) = query.split_once('&').unwrap();
        let status = ::http::StatusCode::from_bytes(status.as_bytes()).unwrap();
        (status, [(::http::header::LOCATION, location.to_owned())], "moved")
    };
    let router = axum::Router::new().fallback(redirect);
    let served = crate::simulator::serve(router).await.unwrap();
    let http = allowing(&["127.0.0.1".to_owned(), "localhost".to_owned()]);
    for status in [300, 301, 302, 303, 307, 308] {
        for location in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("//127.0.0.1:{port}/"),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
            "https://169.254.169.254/latest/meta-data/".to_owned(),
            "file:///etc/passwd".to_owned(),
            "/elsewhere".to_owned(),
        ] {
            let url = format!("{}/?{status}&{location}", served.url());
            let answer = http.send(Request::post(&url).json(&"body"), PATIENT).await.unwrap();
            assert_eq!((answer.status, &*answer.body), (status, &b"moved"[..]), "{location}");
            let error = answer.ok_or_error(now()).unwrap_err();
            assert_eq!(code(&error), "redirect-refused", "{location}");
        }
    }
    assert!(is_untouched(trap));
}

#[tokio::test]
async fn an_entry_of_the_list_opens_that_host_and_no_other() {
    let router = axum::Router::new().route("/", axum::routing::get(|| async { "hello" }));
    let served = crate::simulator::serve(router).await.unwrap();
    let port = served.address.port();
    let urls = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://LOCALHOST:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
    ];
    for (entry, opened) in [
        (format!("127.0.0.1:{port}"), [true, true, false, false, false, false]),
        (" 127.0.0.1 ".to_owned(), [true, true, false, false, false, false]),
        (format!("LOCALHOST:{port}"), [false, false, true, true, false, false]),
        ("localhost".to_owned(), [false, false, true, true, false, false]),
        (format!("127.0.0.1:{}", port ^ 1), [false; 6]),
        ("127.0.0.".to_owned(), [false; 6]),
        ("*".to_owned(), [false; 6]),
        (String::new(), [false; 6]),
    ] {
        let http = allowing(std::slice::from_ref(&entry));
        for (url, opened) in urls.iter().zip(opened) {
            match http.send(Request::get(url), PATIENT).await {
                Ok(answer) => assert_eq!((opened, &*answer.body), (true, &b"hello"[..]), "{url}"),
                Err(error) => {
                    assert_eq!((opened, code(&error).as_str()), (false, EGRESS_REFUSED), "{url}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_ipv6_host_may_be_listed_with_and_without_brackets() {
    for entry in ["[::1]:1", "::1", "[::1]"] {
        let http = allowing(&[entry.to_owned()]);
        let error = http.send(Request::get("http://[::1]:1/"), PATIENT).await.unwrap_err();
        assert_eq!(code(&error), "unavailable", "{entry}");
    }
}
