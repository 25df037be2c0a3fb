use std::{sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, UsageLog,
    http::{EgressPolicy, Http, plain_client},
    simulator::{Fault, LedgerEffect, Served, SimulatorKit, serve},
};
use kernel::{Clock as _, ManualClock, SystemClock};
use serde_json::{Value, json};

use super::{connector, simulator};

struct Stage {
    kit: SimulatorKit,
    served: Served,
}

impl Stage {
    async fn set() -> Self {
        Self::on(SimulatorKit::in_memory(simulator::PROVIDER, &[])).await
    }

    async fn on(kit: SimulatorKit) -> Self {
        let served = serve(simulator::simulator(kit.clone())).await.unwrap();
        Self { kit, served }
    }

    fn call(&self, settings: Value) -> Call {
        Call {
            http: Http::new(EgressPolicy { allowed_private_hosts: vec![self.served.host()] }),
            connection: Connection::new("slack", settings),
            clock: Arc::new(SystemClock),
            key: "run_1-7".to_owned(),
            attempt: 1,
            timeout: Duration::from_secs(2),
            usage: UsageLog::default(),
        }
    }

    async fn post(&self, input: Value) -> Result<Value, CallError> {
        self.post_with(simulator::settings(&self.served.url()), input).await
    }

    async fn post_with(&self, settings: Value, input: Value) -> Result<Value, CallError> {
        let functions = connector().functions;
        let function = functions.iter().find(|it| it.name == "post_message").unwrap();
        assert_eq!(function.effect, Effect::AtMostOnce);
        (function.run)(self.call(settings), input).await
    }

    /// Sends a body that the connector itself would not send.
    async fn send(&self, method: &str, kind: Option<&str>, body: &str) -> Value {
        let client = plain_client(Duration::from_secs(2)).unwrap();
        let request = client
            .post(format!("{}/api/{method}", self.served.url()))
            .header("authorization", "Bearer xoxb-sandbox-0000")
            .body(body.to_owned());
        let request = match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    fn applied(&self) -> usize {
        let entries = self.kit.ledger.entries();
        entries.iter().filter(|entry| entry.effect == LedgerEffect::Applied).count()
    }

    fn arm(&self, fault: Fault) {
        self.kit.faults.set(vec![fault], SystemClock.now()).unwrap();
    }

    fn hits(&self) -> u32 {
        self.kit.faults.list(SystemClock.now()).iter().map(|armed| armed.hits).sum()
    }
}

#[tokio::test]
async fn a_message_is_posted_once_with_our_key_and_escaped() {
    let stage = Stage::set().await;
    let posted = stage.post(json!({ "text": "New client: <!channel> & Co" })).await.unwrap();
    assert_eq!(posted["channel"], "C0SANDBOX");
    assert!(posted["ts"].as_str().unwrap().contains('.'));
    let entries = stage.kit.ledger.entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].key.as_deref(), Some("run_1-7"));
    assert_eq!(entries[0].request["text"], "New client: &lt;!channel&gt; &amp; Co");
    assert!(!entries[0].request.to_string().contains("xoxb-"));
}

#[tokio::test]
async fn what_slack_refuses_with_ok_false_is_told_apart() {
    let stage = Stage::set().await;
    let channel = stage.post(json!({ "text": "x", "channel": "C0MISSING" })).await;
    assert!(
        matches!(&channel, Err(CallError::Rejected { code, .. }) if code == "channel_not_found"),
        "{channel:?}"
    );
    for wrong in ["wrong", "xoxb-of-another-workspace"] {
        let mut settings = simulator::settings(&stage.served.url());
        settings["bot_token"] = json!(wrong);
        let token = stage.post_with(settings, json!({ "text": "x" })).await;
        assert!(matches!(token, Err(CallError::Credentials(_))), "{token:?}");
    }
    assert_eq!(stage.applied(), 0);
}

#[tokio::test]
async fn every_fault_ends_as_the_engine_must_know_it() {
    type Expected = fn(&CallError) -> bool;
    let cases: &[(&str, usize, Expected)] = &[
        ("throttle", 0, |error| matches!(error, CallError::Throttled { .. })),
        ("disconnect-before", 0, |error| matches!(error, CallError::Ambiguous { .. })),
        ("disconnect-after-effect", 1, |error| matches!(error, CallError::Ambiguous { .. })),
        ("timeout-before-effect", 0, |error| matches!(error, CallError::Ambiguous { .. })),
        ("timeout-after-effect", 1, |error| matches!(error, CallError::Ambiguous { .. })),
        ("malformed-json", 1, |error| matches!(error, CallError::Unreadable { .. })),
        ("status-500", 0, |error| matches!(error, CallError::Ambiguous { .. })),
        ("redirect", 0, |error| matches!(error, CallError::Rejected { .. })),
    ];
    for (what, applied, expected) in cases {
        let stage = Stage::set().await;
        stage.arm(Fault::times(what, 1));
        let ended = stage.post(json!({ "text": "hello" })).await.unwrap_err();
        assert!(expected(&ended), "{what}: {ended:?}");
        assert_eq!(stage.applied(), *applied, "{what}");
        assert_eq!(stage.hits(), 1, "{what} did not fire");
    }
}

#[tokio::test]
async fn the_check_names_the_workspace() {
    let stage = Stage::set().await;
    let check = connector().check;
    let said = check(stage.call(simulator::settings(&stage.served.url()))).await.unwrap();
    assert_eq!(said, "posts as handoff in the workspace Sandbox");
}

#[tokio::test]
async fn no_two_messages_have_the_same_ts_and_later_ones_have_later_ones() {
    let clock = Arc::new(ManualClock::at("2026-11-21T00:00:00.999999Z".parse().unwrap()));
    let kit = SimulatorKit {
        clock: Arc::clone(&clock) as _,
        ..SimulatorKit::in_memory(simulator::PROVIDER, &[])
    };
    let mut seen = Vec::new();
    // The second one stands for a restart, with a clock that was set back.
    for kit in [kit.clone(), kit] {
        let stage = Stage::on(kit).await;
        for _ in 0..3 {
            let posted = stage.post(json!({ "text": "hello" })).await.unwrap();
            seen.push(posted["ts"].as_str().unwrap().to_owned());
        }
        clock.advance(chrono::TimeDelta::seconds(-5));
    }
    assert_eq!(seen[..2], ["1795219200.999999", "1795219201.000000"]);
    assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
}

#[tokio::test]
async fn requests_that_slack_would_not_read_are_refused_in_its_words() {
    let stage = Stage::set().await;
    let utf8 = Some("application/json; charset=utf-8");
    let hello = r#"{"channel":"C0SANDBOX","text":"x"}"#;
    for (kind, body, error) in [
        (None, hello, "missing_post_type"),
        (Some("image/png"), hello, "invalid_post_type"),
        (utf8, "{", "invalid_json"),
        (utf8, "[]", "json_not_object"),
        (utf8, r#"{"channel":"general","text":"x"}"#, "channel_not_found"),
        (utf8, r#"{"channel":"C0SANDBOX"}"#, "no_text"),
        (utf8, r#"{"channel":"C0SANDBOX","blocks":[]}"#, "no_text"),
        (utf8, r#"{"channel":"C0SANDBOX","text":"x","blocks":"x"}"#, "invalid_blocks_format"),
        (
            utf8,
            r#"{"channel":"C0SANDBOX","text":"x","metadata":{"event_payload":{}}}"#,
            "invalid_metadata_format",
        ),
        (
            utf8,
            r#"{"channel":"C0SANDBOX","text":"x","metadata":{"event_type":"a","event_payload":1}}"#,
            "invalid_metadata_format",
        ),
    ] {
        let answer = stage.send("chat.postMessage", kind, body).await;
        assert_eq!((&answer["ok"], &answer["error"]), (&json!(false), &json!(error)), "{body}");
    }
    assert_eq!(stage.send("chat.post", utf8, hello).await["error"], "unknown_method");
    let long = json!({ "channel": "C0SANDBOX", "text": "x".repeat(40_001) }).to_string();
    assert_eq!(stage.send("chat.postMessage", utf8, &long).await["error"], "msg_too_long");
    assert_eq!(stage.applied(), 0);
    assert_eq!(stage.send("chat.postMessage", utf8, hello).await["ok"], true);
}

#[tokio::test]
async fn a_form_is_read_as_slack_reads_it() {
    let stage = Stage::set().await;
    let form = Some("application/x-www-form-urlencoded");
    let written = "channel=C0SANDBOX&text=Caf%C3%A9+%26+more&blocks=%5B%5D\
                   &metadata=%7B%22event_type%22%3A%22a%22%2C%22event_payload%22%3A%7B%22id%22%3A%22k%22%7D%7D";
    let answer = stage.send("chat.postMessage", form, written).await;
    assert_eq!(answer["message"]["text"], "Café & more");
    assert_eq!(stage.kit.ledger.entries()[0].key.as_deref(), Some("k"));
    for (body, error) in [
        ("channel=C0SANDBOX&text=x&blocks=%5B", "invalid_blocks_format"),
        ("channel=C0SANDBOX&text=x&metadata=x", "invalid_metadata_format"),
        ("text=x", "channel_not_found"),
    ] {
        assert_eq!(stage.send("chat.postMessage", form, body).await["error"], error, "{body}");
    }
    assert_eq!(stage.applied(), 1);
}

#[tokio::test]
async fn an_answer_stays_in_its_thread_unless_it_is_shown_to_the_channel_too() {
    let stage = Stage::set().await;
    let first = stage.post(json!({ "text": "hello" })).await.unwrap();
    let answer = json!({ "text": "again", "thread_ts": first["ts"] });
    stage.post(answer.clone()).await.unwrap();
    let mut shown = answer;
    shown["reply_broadcast"] = json!(true);
    stage.post(shown).await.unwrap();
    // There is nothing to show to the channel that it does not see already.
    stage.post(json!({ "text": "news", "reply_broadcast": true })).await.unwrap();
    let entries = stage.kit.ledger.entries();
    let messages: Vec<&Value> = entries.iter().map(|entry| &entry.answer["message"]).collect();
    for answer in &messages[1..3] {
        assert_eq!(answer["thread_ts"], first["ts"]);
    }
    assert_eq!(messages[1].get("subtype"), None);
    assert_eq!(messages[2]["subtype"], "thread_broadcast");
    assert_eq!(messages[3].get("thread_ts"), None);
    assert_eq!(entries[3].request.get("reply_broadcast"), None);
}

#[tokio::test]
async fn a_thread_needs_a_message_of_the_same_channel() {
    let stage = Stage::set().await;
    let first = stage.post(json!({ "text": "hello" })).await.unwrap();
    for (channel, ts) in
        [("C0SANDBOX", "1795219200.000001"), ("C0OTHER", first["ts"].as_str().unwrap())]
    {
        let answer = json!({ "text": "x", "channel": channel, "thread_ts": ts });
        let refused = stage.post(answer).await;
        assert!(
            matches!(&refused, Err(CallError::Rejected { code, .. }) if code == "thread_not_found"),
            "{refused:?}"
        );
    }
    // A restarted simulator still knows its messages.
    let restarted = Stage::on(stage.kit.clone()).await;
    restarted.post(json!({ "text": "x", "thread_ts": first["ts"] })).await.unwrap();
    assert_eq!(restarted.applied(), 2);
}
