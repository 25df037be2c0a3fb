//! Each fault, seen from the other end of a socket.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::*;

/// What came over a socket.
struct Seen {
    head: String,
    body: Vec<u8>,
    /// The length of the body, of which only the beginning is kept.
    length: usize,
    /// Whether the server closed the connection.
    closed: bool,
    took: Duration,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn announced(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }
}

/// Posts to `path` by hand and reads what comes, until the server closes or patience ends.
async fn watch(served: &Served, path: &str, patience: Duration) -> Seen {
    let started = Instant::now();
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: p\r\nconnection: close\r\nidempotency-key: k1\r\n\
         content-length: 2\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    let mut count = 0;
    let mut buffer = vec![0; 64 * 1024];
    let closed = loop {
        match timeout_at(started + patience, stream.read(&mut buffer)).await {
            Err(_elapsed) => break false,
            Ok(Ok(0) | Err(_)) => break true,
            Ok(Ok(more)) => {
                count += more;
                if seen.len() < buffer.len() {
                    seen.extend_from_slice(&buffer[..more]);
                }
            }
        }
    };
    let end = seen.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |place| place + 4);
    let body = seen.split_off(end);
    let head = String::from_utf8(seen).unwrap();
    Seen { head, body, length: count - end, closed, took: started.elapsed() }
}

const SHORT: Duration = Duration::from_millis(300);
const WHOLE: &[u8] = br#"{"done":1,"name":"x"}"#;

/// Meets `fault` once at a fresh provider.
async fn meet(fault: Fault, patience: Duration) -> (Seen, LedgerEntry) {
    let kit = SimulatorKit::in_memory("p", &[]);
    let served = serve(counting(&kit)).await.unwrap();
    kit.faults.set(vec![fault], kit.clock.now()).unwrap();
    let seen = watch(&served, "/things", patience).await;
    assert_eq!(kit.faults.list(kit.clock.now())[0].hits, 1);
    let mut entries = kit.ledger.entries();
    assert_eq!(entries.len(), 1);
    let entry = entries.remove(0);
    assert_eq!(entry.key.as_deref(), Some("k1"));
    (seen, entry)
}

#[tokio::test]
async fn without_a_fault_the_answer_comes_whole() {
    let kit = SimulatorKit::in_memory("p", &[]);
    let served = serve(counting(&kit)).await.unwrap();
    let seen = watch(&served, "/things", PATIENT).await;
    assert!(seen.head.starts_with("HTTP/1.1 200 "));
    assert_eq!((&*seen.body, seen.announced(), seen.closed), (WHOLE, WHOLE.len(), true));
    assert_eq!(kit.ledger.entries()[0].fault, None);
}

#[tokio::test]
async fn an_error_is_answered_before_or_after_the_work_as_asked() {
    for (what, status, after_effect, retry_after, sent_retry_after) in [
        ("status-400", 400, false, None, None),
        ("status-500", 500, true, None, None),
        ("status-503", 503, false, Some("9"), Some("9")),
        ("status-599", 599, true, Some("soon"), Some("soon")),
        ("status", 418, true, None, None),
        ("throttle", 429, false, None, Some("1")),
        (
            "throttle",
            429,
            false,
            Some("Wed, 21 Oct 2099 07:28:00 GMT"),
            Some("Wed, 21 Oct 2099 07:28:00 GMT"),
        ),
    ] {
        let retry_after = retry_after.map(ToOwned::to_owned);
        let number = (what == "status").then_some(status);
        let fault = Fault { after_effect, retry_after, status: number, ..Fault::times(what, 1) };
        let (seen, entry) = meet(fault, PATIENT).await;
        assert!(seen.head.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {}", seen.head);
        assert_eq!(seen.header("retry-after"), sent_retry_after, "{what}");
        let body: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(body["error"]["code"], "simulated-fault", "{what}");
        let effect = if after_effect { LedgerEffect::Applied } else { LedgerEffect::None };
        assert_eq!((entry.effect, entry.status), (effect, Some(status)), "{what}");
        let name = if what == "status" { "status-418" } else { what };
        assert_eq!(entry.fault.as_deref(), Some(name));
    }
}

#[tokio::test]
async fn a_redirect_does_nothing_and_leads_elsewhere() {
    let (seen, entry) = meet(Fault::times("redirect", 1), PATIENT).await;
    assert!(seen.head.starts_with("HTTP/1.1 307 "));
    assert_eq!(seen.header("location"), Some("/redirected"));
    assert_eq!((entry.effect, entry.status), (LedgerEffect::None, Some(307)));
}

#[tokio::test]
async fn silence_and_a_lost_connection_come_before_or_after_the_work() {
    for (what, patience, closed, effect) in [
        ("timeout-before-effect", SHORT, false, LedgerEffect::None),
        ("timeout-after-effect", SHORT, false, LedgerEffect::Applied),
        ("disconnect-before", PATIENT, true, LedgerEffect::None),
        ("disconnect-after-effect", PATIENT, true, LedgerEffect::Applied),
    ] {
        let (seen, entry) = meet(Fault::times(what, 1), patience).await;
        assert_eq!((&*seen.head, seen.length, seen.closed), ("", 0, closed), "{what}");
        assert_eq!((entry.effect, entry.status), (effect, None), "{what}");
        assert_eq!(entry.fault.as_deref(), Some(what));
        // What the provider would have answered is kept.
        let answer = if effect == LedgerEffect::Applied { json!(1) } else { Value::Null };
        assert_eq!(entry.answer["done"], answer, "{what}");
    }
}

#[tokio::test]
async fn a_spoilt_answer_is_spoilt_on_the_wire_and_the_work_is_done() {
    let slow = Fault { ms: Some(300), ..Fault::times("slow", 1) };
    for (fault, patience) in [
        (Fault::times("truncated", 1), PATIENT),
        (Fault::times("trickle", 1), Duration::from_millis(1500)),
        (Fault::times("malformed-json", 1), PATIENT),
        (Fault::times("wrong-type", 1), PATIENT),
        (Fault::times("huge-body", 1), PATIENT),
        (slow, PATIENT),
    ] {
        let what = fault.what.clone();
        let (seen, entry) = meet(fault, patience).await;
        assert!(seen.head.starts_with("HTTP/1.1 200 "), "{what}: {}", seen.head);
        assert_eq!((entry.effect, entry.status), (LedgerEffect::Applied, Some(200)), "{what}");
        assert_eq!(entry.fault.as_deref(), Some(&*what));
        assert_eq!(entry.answer, json!({ "done": 1, "name": "x" }), "{what}");
        let ended = what != "trickle";
        assert_eq!(seen.closed, ended, "{what}");
        let read = serde_json::from_slice::<Value>(&seen.body);
        match &*what {
            "truncated" => {
                assert_eq!((&*seen.body, seen.announced()), (&WHOLE[..10], WHOLE.len()));
            }
            "trickle" => assert_eq!((&*seen.body, seen.announced()), (&WHOLE[..1], WHOLE.len())),
            "malformed-json" => {
                assert_eq!(seen.length, seen.announced());
                assert!(read.unwrap_err().is_syntax());
            }
            "wrong-type" => assert_eq!(read.unwrap(), json!({ "done": "seven", "name": 7 })),
            "huge-body" => assert!(100 * 1024 * 1024 < seen.length, "{}", seen.length),
            _ => {
                assert_eq!(seen.body, WHOLE);
                assert!(Duration::from_millis(300) <= seen.took, "{:?}", seen.took);
            }
        }
    }
}

/// The tests of this file name every fault; a new one needs its own.
#[test]
fn no_fault_is_without_a_test() {
    let source = include_str!("faults.rs");
    for fault in FAULTS {
        let example = fault.replace("NNN", "500");
        assert!(source.contains(&format!("\"{example}\"")), "{fault}");
    }
}

#[tokio::test]
async fn a_simulators_own_fault_reaches_its_handler_and_counts() {
    let kit = SimulatorKit::in_memory("p", &["refusal"]);
    let handler = |fault: Option<axum::Extension<OwnFault>>| async move {
        let name = fault.map(|axum::Extension(OwnFault(name))| name);
        Mark::applied().on(Json(json!({ "fault": name })))
    };
    let served = serve(kit.wrap(Router::new().route("/", post(handler)))).await.unwrap();
    let http = client_of(&served);
    kit.faults.set(vec![Fault::times("refusal", 1)], kit.clock.now()).unwrap();
    for expected in [json!("refusal"), Value::Null] {
        let answer = post_to(&http, &served, "/").await;
        assert_eq!(answer.json::<Value>().unwrap()["fault"], expected);
    }
    let faults: Vec<_> = kit.ledger.entries().into_iter().map(|entry| entry.fault).collect();
    assert_eq!(faults, [Some("refusal".to_owned()), None]);
}

async fn statuses(http: &Http, served: &Served, paths: &[&str]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(post_to(http, served, path).await.status);
    }
    statuses
}

#[tokio::test]
async fn faults_end_by_count_and_by_time_and_keep_to_their_path() {
    let clock = Arc::new(ManualClock::at(start()));
    let kit = kit_at(&clock);
    let served = serve(counting(&kit)).await.unwrap();
    let http = client_of(&served);
    let lasting = Fault {
        seconds: Some(2.0),
        path: Some("/others".to_owned()),
        ..Fault { what: "status-502".to_owned(), ..Fault::default() }
    };
    kit.faults.set(vec![Fault::times("status-503", 2), lasting], clock.now()).unwrap();
    let both = ["/others", "/things", "/things", "/others"];
    assert_eq!(statuses(&http, &served, &both).await, [503, 503, 200, 502]);
    clock.advance(chrono::TimeDelta::milliseconds(1999));
    assert_eq!(statuses(&http, &served, &["/things", "/others"]).await, [200, 502]);
    clock.advance(chrono::TimeDelta::milliseconds(1));
    assert_eq!(statuses(&http, &served, &["/things", "/others"]).await, [200, 200]);
    let board: Vec<_> =
        kit.faults.list(clock.now()).iter().map(|armed| (armed.hits, armed.active)).collect();
    assert_eq!(board, [(2, false), (2, false)]);
}

#[tokio::test]
async fn clearing_takes_every_fault_off_and_arming_counts_anew() {
    let kit = SimulatorKit::in_memory("p", &[]);
    let served = serve(counting(&kit)).await.unwrap();
    let http = client_of(&served);
    let until_cleared = Fault { what: "status-503".to_owned(), ..Fault::default() };
    kit.faults.set(vec![until_cleared.clone(), until_cleared], kit.clock.now()).unwrap();
    assert_eq!(statuses(&http, &served, &["/things"; 3]).await, [503, 503, 503]);
    kit.faults.clear();
    assert!(kit.faults.list(kit.clock.now()).is_empty());
    assert_eq!(statuses(&http, &served, &["/things"]).await, [200]);
    for _ in 0..2 {
        kit.faults.set(vec![Fault::times("status-502", 1)], kit.clock.now()).unwrap();
        assert_eq!(kit.faults.list(kit.clock.now())[0].hits, 0);
        assert_eq!(statuses(&http, &served, &["/things"; 2]).await, [502, 200]);
    }
}

/// What the client makes of each fault: the engine decides by it whether to repeat.
#[tokio::test]
async fn every_fault_ends_in_the_error_that_says_what_may_have_been_done() {
    let retry = |what: &str| Fault { retry_after: Some("3".to_owned()), ..Fault::times(what, 1) };
    let slow = |ms| Fault { ms: Some(ms), ..Fault::times("slow", 1) };
    let plain = |what: &str| Fault::times(what, 1);
    for (fault, patience, expected) in [
        (plain("status-401"), PATIENT, "credentials refused"),
        (plain("status-404"), PATIENT, "refused (404 simulated-fault)"),
        (plain("status-500"), PATIENT, "no clear answer"),
        (plain("status-503"), PATIENT, "no clear answer"),
        (retry("status-503"), PATIENT, "unavailable"),
        (plain("throttle"), PATIENT, "told to slow down"),
        (plain("redirect"), PATIENT, "refused (307 redirect-refused)"),
        (plain("timeout-before-effect"), SHORT, "no clear answer"),
        (plain("timeout-after-effect"), SHORT, "no clear answer"),
        (plain("disconnect-before"), PATIENT, "no clear answer"),
        (plain("disconnect-after-effect"), PATIENT, "no clear answer"),
        (plain("truncated"), PATIENT, "no clear answer"),
        (plain("trickle"), SHORT, "no clear answer"),
        (plain("malformed-json"), PATIENT, "unreadable answer"),
        (plain("huge-body"), PATIENT, "unreadable answer"),
        (slow(10_000), SHORT, "no clear answer"),
    ] {
        let kit = SimulatorKit::in_memory("p", &[]);
        let served = serve(counting(&kit)).await.unwrap();
        let shown = format!("{fault:?}");
        kit.faults.set(vec![fault], kit.clock.now()).unwrap();
        let request = Outgoing::post(&format!("{}/things", served.url()));
        let answer = client_of(&served).send(request, patience).await;
        let read = answer
            .and_then(|answer| answer.ok_or_error(start()))
            .and_then(|answer| answer.json::<Value>());
        let error = read.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{shown}: {error}");
        assert_eq!(kit.faults.list(kit.clock.now())[0].hits, 1, "{shown}");
        assert_eq!(kit.ledger.entries().len(), 1, "{shown}: sent once");
    }
}
