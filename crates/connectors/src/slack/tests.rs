use std::{sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, UsageLog,
    http::{EgressPolicy, Http},
    simulator::{Fault, LedgerEffect, Served, SimulatorKit, serve},
};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{connector, simulator};

struct Stage {
    kit: SimulatorKit,
    served: Served,
}

impl Stage {
    async fn set() -> Self {
        let kit = SimulatorKit::in_memory(simulator::PROVIDER, &[]);
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
    let mut settings = simulator::settings(&stage.served.url());
    settings["bot_token"] = json!("wrong");
    let token = stage.post_with(settings, json!({ "text": "x" })).await;
    assert!(matches!(token, Err(CallError::Credentials(_))), "{token:?}");
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
