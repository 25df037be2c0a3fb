use std::{sync::Arc, time::Duration};

use connector_kit::{
    Call, CallError, Connection, Effect, UsageLog,
    http::{EGRESS_REFUSED, EgressPolicy, Http},
    simulator::{FAULTS, Fault, LedgerEffect, SimulatorKit},
};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{connector, simulator};

struct Stage {
    kit: SimulatorKit,
    address: std::net::SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stage {
    async fn set() -> Self {
        let kit = SimulatorKit::in_memory(simulator::PROVIDER, simulator::OWN_FAULTS);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(simulator::serve(kit.clone(), listener));
        Self { kit, address, server }
    }

    fn call(&self, settings: Value, timeout: Duration) -> Call {
        let allowed_private_hosts = vec![self.address.to_string()];
        Call {
            http: Http::new(EgressPolicy { allowed_private_hosts }),
            connection: Connection::new("email", settings),
            clock: Arc::new(SystemClock),
            key: "run_1-7".to_owned(),
            attempt: 1,
            timeout,
            usage: UsageLog::default(),
        }
    }

    async fn send(&self, input: Value) -> Result<Value, CallError> {
        self.send_as(simulator::settings(self.address), input).await
    }

    async fn send_as(&self, settings: Value, input: Value) -> Result<Value, CallError> {
        let functions = connector().functions;
        let function = functions.iter().find(|it| it.name == "send").unwrap();
        assert_eq!(function.effect, Effect::AtMostOnce);
        (function.run)(self.call(settings, Duration::from_millis(700)), input).await
    }

    async fn check(&self, settings: Value) -> Result<String, CallError> {
        (connector().check)(self.call(settings, Duration::from_secs(2))).await
    }

    fn arm(&self, fault: Fault) {
        self.kit.faults.set(vec![fault], SystemClock.now()).unwrap();
    }

    fn applied(&self) -> usize {
        let entries = self.kit.ledger.entries();
        entries.iter().filter(|entry| entry.effect == LedgerEffect::Applied).count()
    }
}

fn letter() -> Value {
    json!({ "to": ["ada@example.com"], "subject": "Your plan", "text": "Hello Ada" })
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    let stage = Stage::set().await;
    let input = json!({
        "to": ["ada@example.com", "grace@example.com"], "cc": ["team@example.com"],
        "subject": "Angebot für „Ünïcode“", "text": ".hidden\nGrüße", "html": "<p>Gr&uuml;&szlig;e</p>",
        "reply_to": "sales@agency.example",
    });
    let sent = stage.send(input).await.unwrap();
    assert_eq!(sent["message_id"], "<handoff.run_1-7@agency.example>");
    assert_eq!(sent["recipients"], 3);
    assert!(sent["answer"].as_str().unwrap().contains("queued as"), "{sent}");

    let caught = simulator::caught(&stage.kit);
    assert_eq!(caught.len(), 1);
    let mail = &caught[0];
    assert_eq!(mail["from"], "hello@agency.example");
    assert_eq!(mail["to"], json!(["ada@example.com", "grace@example.com", "team@example.com"]));
    assert_eq!(mail["message_id"], "<handoff.run_1-7@agency.example>");
    let raw = mail["raw"].as_str().unwrap();
    for part in [
        "Reply-To: sales@agency.example",
        "Cc: team@example.com",
        "multipart/alternative",
        "text/html",
        "\r\n.hidden\r\n",
        "From: \"Sandbox Agency\" <hello@agency.example>",
    ] {
        assert!(raw.contains(part), "{part} is missing in {raw}");
    }
}

#[tokio::test]
async fn nobody_adds_a_header_or_a_command() {
    let stage = Stage::set().await;
    for (field, value) in [
        ("subject", json!("Hello\r\nBcc: all@example.com")),
        ("subject", json!("Hello\nX: y")),
        ("to", json!(["ada@example.com\r\nRCPT TO:<eve@example.com>"])),
        ("to", json!(["Ada <ada@example.com>, eve@example.com"])),
        ("cc", json!(["eve@example.com>"])),
        ("reply_to", json!("a@example.com\r\nBcc: b@example.com")),
    ] {
        let mut input = letter();
        input[field] = value.clone();
        let refused = stage.send(input).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Rejected { status: 400, .. }),
            "{field} {value}: {refused}"
        );
    }
    let mut settings = simulator::settings(stage.address);
    settings["from_name"] = json!("Agency\r\nBcc: all@example.com");
    assert!(stage.send_as(settings, letter()).await.is_err());
    assert_eq!(stage.kit.ledger.entries().len(), 0);
}

/// Whether an error is the one that a fault should lead to.
type Fits = Box<dyn Fn(&CallError) -> bool>;

#[tokio::test]
async fn each_way_to_fail_says_whether_the_message_may_be_out() {
    let stage = Stage::set().await;
    let refused = |status: u16, code: &str| {
        let code = code.to_owned();
        move |error: &CallError| matches!(error, CallError::Rejected { status: s, code: c, .. } if *s == status && *c == code)
    };
    let later = |error: &CallError| matches!(error, CallError::Unavailable { .. });
    let unclear = |error: &CallError| matches!(error, CallError::Ambiguous { .. });
    let credentials = |error: &CallError| matches!(error, CallError::Credentials(_));
    let cases: Vec<(&str, bool, Fits)> = vec![
        ("recipient-refused", false, Box::new(refused(550, "recipient-refused"))),
        ("try-later", false, Box::new(later)),
        ("message-refused", false, Box::new(refused(554, "message-refused"))),
        ("password-refused", false, Box::new(credentials)),
        ("dropped-after-data", true, Box::new(unclear)),
        ("status-421", false, Box::new(later)),
        ("timeout-before-effect", false, Box::new(later)),
        ("timeout-after-effect", true, Box::new(unclear)),
        ("disconnect-before", false, Box::new(later)),
        ("disconnect-after-effect", true, Box::new(unclear)),
        ("malformed-json", true, Box::new(unclear)),
    ];
    for (fault, is_out, fits) in cases {
        let before = stage.applied();
        stage.arm(Fault::times(fault, 1));
        let error = stage.send(letter()).await.unwrap_err();
        assert!(fits(&error), "{fault}: {error:?}");
        assert_eq!(stage.applied() - before, usize::from(is_out), "{fault}");
        assert_eq!(stage.kit.faults.list(SystemClock.now())[0].hits, 1, "{fault}");
        assert!(!error.to_string().contains("ada@example.com"), "{fault}: {error}");
    }
    stage.kit.faults.clear();
    stage.send(letter()).await.unwrap();
}

#[tokio::test]
async fn every_fault_of_the_board_does_something() {
    let stage = Stage::set().await;
    for what in FAULTS.iter().filter(|what| !["status", "status-NNN", "slow"].contains(*what)) {
        stage.arm(Fault::times(what, 1));
        assert!(stage.send(letter()).await.is_err(), "{what}");
    }
    let slow = Fault { ms: Some(20), ..Fault::times("slow", 1) };
    stage.arm(slow);
    stage.send(letter()).await.unwrap();
    assert_eq!(stage.kit.faults.list(SystemClock.now())[0].hits, 1);
}

#[tokio::test]
async fn a_check_signs_in_and_sends_nothing() {
    let stage = Stage::set().await;
    let told = stage.check(simulator::settings(stage.address)).await.unwrap();
    assert_eq!(told, "signs in as sandbox at 127.0.0.1 and sends as hello@agency.example");
    assert_eq!(stage.kit.ledger.entries().len(), 0);

    let mut wrong = simulator::settings(stage.address);
    wrong["password"] = json!("guess-my-secret");
    let refused = stage.check(wrong).await.unwrap_err();
    assert!(matches!(refused, CallError::Credentials(_)), "{refused}");
    assert!(!refused.to_string().contains("guess-my-secret"));

    let mut encrypted = simulator::settings(stage.address);
    encrypted["security"] = json!("starttls");
    let refused = stage.check(encrypted).await.unwrap_err();
    assert!(refused.to_string().contains("STARTTLS"), "{refused}");
}

#[tokio::test]
async fn only_public_mail_servers_are_reached_and_only_encrypted() {
    let stage = Stage::set().await;
    let at = |host: &str, port: u16, security: &str| json!({ "host": host, "port": port, "security": security, "from": "a@example.com" });
    for (host, port) in [
        ("127.0.0.1", 25),
        ("10.0.0.1", 587),
        ("[::1]", 465),
        ("169.254.169.254", 25),
        ("localhost", 25),
        ("mail.internal", 587),
        ("mail", 587),
        ("8.8.8.8", 22),
        ("8.8.8.8", 6379),
        ("ada@8.8.8.8", 25),
    ] {
        let refused = stage.check(at(host, port, "starttls")).await.unwrap_err();
        let is_guard =
            matches!(&refused, CallError::Rejected { code, .. } if code == EGRESS_REFUSED);
        assert!(is_guard, "{host}:{port}: {refused:?}");
    }
    let refused = stage.check(at("8.8.8.8", 25, "none")).await.unwrap_err();
    let is_plain =
        matches!(&refused, CallError::Rejected { code, .. } if code == "encryption-required");
    assert!(is_plain, "{refused:?}");
}

#[tokio::test]
async fn no_password_is_printed() {
    let stage = Stage::set().await;
    let settings = simulator::settings(stage.address);
    let password = settings["password"].as_str().unwrap().to_owned();
    stage.send(letter()).await.unwrap();
    let ledger = stage.kit.ledger.lines(0).join("\n");
    assert!(!ledger.contains(&password));
    let parsed: super::Settings = serde_json::from_value(settings).unwrap();
    assert!(!format!("{parsed:?}").contains(&password));
}
