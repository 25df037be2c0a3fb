mod faults;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::{
    Json,
    routing::{any, post},
};
use kernel::{ManualClock, Secret, Timestamp};
use tokio::sync::Notify;

use super::*;
use crate::http::{EgressPolicy, Http, Request as Outgoing, Response as Received};

const PATIENT: Duration = Duration::from_secs(20);

fn client_of(served: &Served) -> Http {
    Http::new(EgressPolicy { allowed_private_hosts: vec![served.host()] })
}

/// A provider that does something with every request, and counts.
fn counting(kit: &SimulatorKit) -> Router {
    let done = Arc::new(AtomicU32::new(0));
    let count = move || async move {
        let done = done.fetch_add(1, Ordering::SeqCst) + 1;
        Mark::applied().on(Json(json!({ "done": done, "name": "x" })))
    };
    kit.wrap(Router::new().route("/things", any(count.clone())).route("/others", any(count)))
}

async fn post_to(http: &Http, served: &Served, path: &str) -> Received {
    http.send(Outgoing::post(&format!("{}{path}", served.url())), PATIENT).await.unwrap()
}

/// Until what another task does has happened.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENT, waiting).await.unwrap();
}

fn start() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn kit_at(clock: &Arc<ManualClock>) -> SimulatorKit {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    SimulatorKit { clock, ..SimulatorKit::in_memory("p", &[]) }
}

#[tokio::test]
async fn the_ledger_says_who_asked_for_what_and_what_came_of_it() {
    let clock = Arc::new(ManualClock::at(start()));
    let kit = kit_at(&clock);
    let echo = |Json(body): Json<Value>| async move {
        let key = body["key"].as_str().map(ToOwned::to_owned);
        Mark::deduplicated().with_key(key).on((StatusCode::CREATED, Json(json!({"id": 7}))))
    };
    let router = Router::new().route("/echo", post(echo)).route("/text", any(|| async { "words" }));
    let served = serve(kit.wrap(router)).await.unwrap();
    let http = client_of(&served);
    let echo_url = format!("{}/echo?token=hush", served.url());
    let sent = [
        Outgoing::post(&echo_url)
            .bearer(&Secret::new("hush"))
            .header("idempotency-key", "of the header")
            .json(&json!({"a": [{"password": "hush"}], "token": "hush", "tokens": 3})),
        Outgoing::post(&echo_url)
            .header("idempotency-key", "of the header")
            .json(&json!({"key": "of the body"})),
        Outgoing::get(&format!("{}/text", served.url())),
        Outgoing::get(&format!("{}/nowhere", served.url())),
    ];
    for (request, expected) in sent.into_iter().zip([201, 201, 200, 404]) {
        assert_eq!(http.send(request, PATIENT).await.unwrap().status, expected);
        clock.advance(chrono::TimeDelta::seconds(1));
    }
    let line = |number: u64, method: &str, path: &str, status: u16| LedgerEntry {
        number,
        time: start() + Duration::from_secs(number - 1),
        provider: "p".to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        key: None,
        effect: LedgerEffect::None,
        status: Some(status),
        fault: None,
        request: Value::Null,
        answer: Value::Null,
    };
    let echoed = |number, key: &str, request| LedgerEntry {
        key: Some(key.to_owned()),
        effect: LedgerEffect::Deduplicated,
        request,
        answer: json!({"id": 7}),
        ..line(number, "POST", "/echo", 201)
    };
    let hidden = json!({"a": [{"password": "[secret]"}], "token": "[secret]", "tokens": 3});
    assert_eq!(
        kit.ledger.entries(),
        [
            echoed(1, "of the header", hidden),
            echoed(2, "of the body", json!({"key": "of the body"})),
            LedgerEntry { answer: json!("words"), ..line(3, "GET", "/text", 200) },
            line(4, "GET", "/nowhere", 404),
        ]
    );
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_and_in_the_ledger() {
    let kit = SimulatorKit::in_memory("p", &[]);
    let served = serve(counting(&kit)).await.unwrap();
    let url = format!("{}/things", served.url());
    let body = "a".repeat(REQUEST_BYTES_MAX);
    let refused = client_of(&served).send(Outgoing::post(&url).json(&body), PATIENT).await;
    assert_eq!(refused.unwrap().status, 413);
    let entries = kit.ledger.entries();
    assert_eq!((entries.len(), entries[0].status), (1, Some(413)));
    assert_eq!(entries[0].effect, LedgerEffect::None);
}

#[tokio::test]
async fn a_provider_ends_what_it_began_when_the_caller_hangs_up() {
    let kit = SimulatorKit::in_memory("p", &[]);
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        move || async move {
            begun.notify_one();
            go_on.notified().await;
            Mark::applied().on(Json(json!({})))
        }
    };
    let served = serve(kit.wrap(Router::new().route("/", post(handler)))).await.unwrap();
    let (http, url) = (client_of(&served), served.url());
    let caller = tokio::spawn(async move { http.send(Outgoing::post(&url), PATIENT).await });
    begun.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert!(kit.ledger.entries().is_empty());
    go_on.notify_one();
    until(|| kit.ledger.entries().len() == 1).await;
    assert_eq!(kit.ledger.entries()[0].effect, LedgerEffect::Applied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_the_same_time_are_numbered_once_and_meet_a_fault_as_often_as_asked() {
    const REQUESTS: u32 = 60;
    let path = std::env::temp_dir().join(format!("kit-ledger-{}.ndjson", std::process::id()));
    let ledger = Arc::new(Ledger::open(&path).unwrap());
    let kit = SimulatorKit { ledger, ..SimulatorKit::in_memory("p", &[]) };
    let served = serve(counting(&kit)).await.unwrap();
    let http = client_of(&served);
    kit.faults.set(vec![Fault::times("status-503", 7)], kit.clock.now()).unwrap();
    let posts = (0..REQUESTS).map(|_| {
        let request = Outgoing::post(&format!("{}/things", served.url()));
        let http = http.clone();
        tokio::spawn(async move { http.send(request, PATIENT).await.unwrap() })
    });
    let mut done = Vec::new();
    let mut refused = 0;
    for answer in futures::future::join_all(posts).await {
        let answer = answer.unwrap();
        match answer.status {
            503 => refused += 1,
            _ => done.push(answer.json::<Value>().unwrap()["done"].as_u64().unwrap()),
        }
    }
    done.sort_unstable();
    assert_eq!((refused, done), (7, (1..=u64::from(REQUESTS) - 7).collect()));

    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines: Vec<LedgerEntry> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, (1..=u64::from(REQUESTS)).collect::<Vec<_>>());
    assert_eq!(lines, kit.ledger.entries());
    let applied = lines.iter().filter(|line| line.effect == LedgerEffect::Applied);
    assert_eq!(applied.count(), 53);
    let disturbed = lines.iter().filter(|line| line.fault.as_deref() == Some("status-503"));
    assert_eq!(disturbed.count(), 7);
}

#[tokio::test]
async fn what_was_done_is_forgotten_by_no_restart() {
    let path = std::env::temp_dir().join(format!("kit-restart-{}.ndjson", std::process::id()));
    for expected in [1, 2, 3] {
        let ledger = Arc::new(Ledger::open(&path).unwrap());
        let kit = SimulatorKit { ledger, ..SimulatorKit::in_memory("p", &[]) };
        let served = serve(counting(&kit)).await.unwrap();
        post_to(&client_of(&served), &served, "/things").await;
        let numbers: Vec<u64> = kit.ledger.entries().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=expected).collect::<Vec<_>>());
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_server_that_was_dropped_answers_nobody_not_even_on_an_open_connection() {
    let kit = SimulatorKit::in_memory("p", &[]);
    let served = serve(counting(&kit)).await.unwrap();
    let (http, url) = (client_of(&served), format!("{}/things", served.url()));
    assert_eq!(post_to(&http, &served, "/things").await.status, 200);
    drop(served);
    // So that the server hears of it: tests run on one thread.
    tokio::task::yield_now().await;
    let answer = http.send(Outgoing::post(&url), PATIENT).await;
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(kit.ledger.entries().len(), 1);
}
