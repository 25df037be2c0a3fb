//! Webhooks that are sent: written with their events, in order, signed, tried again, and told about.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::post,
};
use chrono::TimeDelta;
use connector_kit::{
    http::{EgressPolicy, Http},
    signature,
    simulator::{Served, serve},
};
use domain::connections::Watcher as _;
use futures::future::BoxFuture;
use it::{Client, Database, Intake, Program, Signing, wait_until};
use kernel::{Clock as _, Event, ManualClock, Secret, SystemClock, TenantId, Timestamp};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use store::{StoreError, TenantTx};
use webhooks::outgoing::{AssistantWatcher, Payloads};

const SOON: Duration = Duration::from_secs(30);
/// A type that nothing in the program makes.
pub(crate) const TRIAL: &str = "trial.happened";

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    headers: HeaderMap,
    body: Vec<u8>,
    answered: u16,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn verifies(&self, secret: &str, now: Timestamp) -> bool {
        signature::verify_standard(
            &[Secret::new(secret)],
            self.header("webhook-id"),
            self.header("webhook-timestamp"),
            self.header("webhook-signature"),
            &self.body,
            now,
        )
        .is_ok()
    }
}

/// How the receiver answers from now on.
#[derive(Debug, Clone)]
struct Manner {
    status: u16,
    delay: Duration,
    text: String,
}

/// Somebody else's server.
pub(crate) struct Receiver {
    served: Served,
    seen: Arc<Mutex<Vec<Seen>>>,
    manner: Arc<Mutex<Manner>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let usual = Manner { status: 200, delay: Duration::ZERO, text: "thanks".to_owned() };
        let manner = Arc::new(Mutex::new(usual));
        let (log, answers) = (Arc::clone(&seen), Arc::clone(&manner));
        let hook = post(move |headers: HeaderMap, body: Bytes| async move {
            let manner = answers.lock().unwrap().clone();
            let body = body.to_vec();
            log.lock().unwrap().push(Seen { headers, body, answered: manner.status });
            tokio::time::sleep(manner.delay).await;
            let status = StatusCode::from_u16(manner.status).unwrap();
            (status, [("retry-after", "1800")], manner.text).into_response()
        });
        let served = serve(Router::new().route("/hook", hook)).await.unwrap();
        Self { served, seen, manner }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/hook", self.served.url())
    }

    pub(crate) fn answers(&self, status: u16) {
        self.manner.lock().unwrap().status = status;
    }

    pub(crate) fn is_slow(&self, delay: Duration) {
        self.manner.lock().unwrap().delay = delay;
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) async fn sees(&self, count: usize) -> Vec<Seen> {
        wait_until("the receiver saw enough", SOON, || async {
            let seen = self.seen();
            (count <= seen.len()).then_some(seen)
        })
        .await
    }
}

/// A program that may send to this machine, on a clock that stands still.
pub(crate) async fn program(clock: Option<&Arc<ManualClock>>) -> Program {
    Program::start_with(|options| {
        options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
        if let Some(clock) = clock {
            options.clock = Arc::<ManualClock>::clone(clock);
        }
    })
    .await
}

pub(crate) async fn subscribe(owner: &Client, url: &str, event_types: &[&str]) -> Value {
    let body = json!({ "url": url, "event_types": event_types });
    owner.post("/v1/webhook-subscriptions", &body).await.expect(201)
}

pub(crate) fn path(subscription: &Value, rest: &str) -> String {
    let id = subscription["subscription_id"].as_str().unwrap();
    format!("/v1/webhook-subscriptions/{id}{rest}")
}

/// Events of one subject each, numbered, in one transaction.
pub(crate) async fn happen(
    program: &Program,
    subject: &str,
    numbers: std::ops::RangeInclusive<u32>,
) {
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    for number in numbers {
        let data = json!({ "number": number });
        tx.append("trial", TRIAL, Some(subject.to_owned()), data).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub(crate) async fn messages(owner: &Client, query: &str) -> Vec<Value> {
    let list = owner.get(&format!("/v1/webhook-messages?limit=100&{query}")).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

pub(crate) async fn wait_for(owner: &Client, status: &str, count: usize) -> Vec<Value> {
    wait_until("the messages ended", SOON, || async {
        let found = messages(owner, &format!("status={status}")).await;
        (found.len() == count).then_some(found)
    })
    .await
}

async fn attempts(program: &Program) -> i64 {
    sqlx::query_scalar("select count(*) from webhook.attempt")
        .fetch_one(&mut program.superuser().await)
        .await
        .unwrap()
}

pub(crate) async fn attempted(program: &Program, count: i64) {
    wait_until("the attempts were recorded", SOON, || async {
        let made = attempts(program).await;
        assert!(made <= count, "{made} attempts instead of {count}");
        (made == count).then_some(())
    })
    .await;
}

async fn execute(program: &Program, statement: &str) -> u64 {
    let mut superuser = program.superuser().await;
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut superuser).await.unwrap();
    done.rows_affected()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_written_with_its_event_and_is_gone_when_that_is_undone() {
    let (program, receiver) = (program(None).await, Receiver::start().await);
    let subscription = subscribe(&program.owner, &receiver.url(), &["trial.*"]).await;
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    tx.append("trial", TRIAL, None, json!({ "number": 1 })).await.unwrap();
    let written: i64 = sqlx::query_scalar("select count(*) from webhook.message")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(written, 1);
    tx.roll_back().await.unwrap();
    happen(&program, "thing_1", 2..=2).await;
    let seen = receiver.sees(1).await;
    let delivered = wait_for(&program.owner, "delivered", 1).await;
    assert_eq!(messages(&program.owner, "").await.len(), 1, "the undone one left nothing");

    let secret = subscription["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    assert!(seen[0].verifies(secret, SystemClock.now()));
    assert_eq!(seen[0].header("webhook-id"), delivered[0]["message_id"]);
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].header("x-mwd-signature"), "", "only the partner's format has it");
    let body = seen[0].json();
    assert_eq!((&body["type"], &body["data"]["number"]), (&json!(TRIAL), &json!(2)));
    assert_eq!(body["data"]["subject"], "thing_1");
    assert!(body["timestamp"].is_string());

    let id = delivered[0]["message_id"].as_str().unwrap();
    let shown = program.owner.get(&format!("/v1/webhook-messages/{id}")).await.expect(200);
    assert_eq!(shown["body"].as_str().unwrap().as_bytes(), seen[0].body);
    assert_eq!(
        (&shown["log"][0]["response_status"], &shown["log"][0]["response_body"]),
        (&json!(200), &json!("thanks"))
    );
    for query in ["text=NUMBER", "subject=thing_1", "type=trial.happened", "status=delivered"] {
        assert_eq!(messages(&program.owner, query).await.len(), 1, "{query}");
    }
    for query in ["text=nowhere", "subject=thing_2", "type=trial", "until=2020-01-01T00:00:00Z"] {
        assert_eq!(messages(&program.owner, query).await.len(), 0, "{query}");
    }
    let view = program.owner.get(&path(&subscription, "")).await;
    assert!(!view.text().contains(secret), "the secret is shown once");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_without_its_receiver_everything_arrives_in_order_and_unchanged() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let (program, receiver) = (program(Some(&clock)).await, Receiver::start().await);
    let subscription = subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    receiver.answers(500);
    for subject in ["a", "b", "c"] {
        happen(&program, subject, 1..=3).await;
    }
    // Only the first of each subject is tried, until it is delivered.
    attempted(&program, 3).await;
    let steps = [
        TimeDelta::seconds(7),
        TimeDelta::minutes(7),
        TimeDelta::minutes(37),
        TimeDelta::minutes(150),
        TimeDelta::hours(7),
        TimeDelta::hours(13),
    ];
    for (step, made) in steps.into_iter().zip([6, 9, 12, 15, 18, 21]) {
        clock.advance(step);
        attempted(&program, made).await;
    }
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "webhook.failing", "{alerts:#}");
    assert_eq!(alerts["items"][0]["occurrences"], 3);

    receiver.answers(200);
    clock.advance(TimeDelta::hours(17));
    wait_for(&program.owner, "delivered", 9).await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 21 + 9);
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::new();
    let mut delivered: HashMap<String, Vec<u64>> = HashMap::new();
    for one in &seen {
        let body = bodies.entry(one.header("webhook-id").to_owned()).or_insert(one.body.clone());
        assert_eq!(*body, one.body, "another body under the same id");
        if one.answered == 200 {
            let (subject, number) = (one.json()["data"]["subject"].clone(), one.json());
            let numbers = delivered.entry(subject.as_str().unwrap().to_owned()).or_default();
            numbers.push(number["data"]["number"].as_u64().unwrap());
        }
    }
    assert_eq!(bodies.len(), 9);
    for subject in ["a", "b", "c"] {
        assert_eq!(delivered[subject], [1, 2, 3], "{subject}");
    }
    let last = seen.last().unwrap();
    assert!(last.verifies(subscription["secret"].as_str().unwrap(), clock.now()));
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"], json!([]), "what works again needs nobody");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_holds_up_no_other_and_gets_four_at_a_time() {
    let (program, slow, fast) =
        (program(None).await, Receiver::start().await, Receiver::start().await);
    slow.is_slow(Duration::from_secs(12));
    subscribe(&program.owner, &slow.url(), &[TRIAL]).await;
    let quick = subscribe(&program.owner, &fast.url(), &["*"]).await;
    for number in 1..=20 {
        happen(&program, &format!("thing_{number}"), 1..=1).await;
    }
    slow.sees(4).await;
    let quick = quick["subscription_id"].as_str().unwrap();
    let query = format!("status=delivered&type={TRIAL}&subscription_id={quick}");
    wait_until("the fast one has all", SOON, || async {
        (messages(&program.owner, &query).await.len() == 20).then_some(())
    })
    .await;
    assert_eq!(slow.seen().len(), 4, "no more than four are under way");
    slow.is_slow(Duration::ZERO);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_gets_nothing_more_until_a_person_says_so() {
    let (program, receiver) = (program(None).await, Receiver::start().await);
    let subscription = subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    receiver.answers(410);
    happen(&program, "one", 1..=3).await;
    let cancelled = wait_for(&program.owner, "cancelled", 2).await;
    assert_eq!(cancelled.len(), 2, "what waited behind it");
    wait_for(&program.owner, "failed", 1).await;
    let view = program.owner.get(&path(&subscription, "")).await.expect(200);
    assert_eq!(view["status"], "disabled");
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"][0]["kind"], "webhook.disabled");
    happen(&program, "one", 4..=4).await;
    assert_eq!(messages(&program.owner, "").await.len(), 3, "nothing is written for it");
    let refused = program.owner.post(&path(&subscription, "/test"), &json!({})).await;
    assert_eq!(refused.expect(409)["code"], "webhook-subscription-disabled");

    receiver.answers(200);
    let active = json!({ "status": "active" });
    program.owner.send("PATCH", &path(&subscription, ""), &[], Some(&active)).await.expect(200);
    let dry = json!({ "status": "cancelled", "dry_run": true });
    let would = program.owner.post("/v1/webhook-messages/replay", &dry).await.expect(200);
    assert_eq!((&would["messages"], would["items"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(receiver.seen().len(), 1, "a dry run sends nothing");
    for (status, sent) in [("cancelled", 2), ("cancelled", 0), ("failed", 1)] {
        let replay = json!({ "status": status });
        let done = program.owner.post("/v1/webhook-messages/replay", &replay).await.expect(200);
        assert_eq!(done["messages"], sent, "{status}");
    }
    wait_for(&program.owner, "delivered", 3).await;
    let alerts = program.owner.get("/v1/alerts?open=true").await.expect(200);
    assert_eq!(alerts["items"], json!([]));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_replaced_both_verify_and_afterwards_the_new_one_alone() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let (program, receiver) = (program(Some(&clock)).await, Receiver::start().await);
    let subscription = subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    let old = subscription["secret"].as_str().unwrap();
    let overlap = json!({ "overlap_hours": 48 });
    let rotated = program.owner.post(&path(&subscription, "/secret"), &overlap).await.expect(200);
    let new = rotated["secret"].as_str().unwrap();
    for (hours, number, old_works) in [(0, 1, true), (47, 2, true), (2, 3, false)] {
        clock.advance(TimeDelta::hours(hours));
        happen(&program, "one", number..=number).await;
        let seen = receiver.sees(number as usize).await;
        let last = seen.last().unwrap();
        assert!(last.verifies(new, clock.now()), "after {hours} hours");
        assert_eq!(last.verifies(old, clock.now()), old_works, "after {hours} hours");
    }
    let long = json!({ "overlap_hours": 169 });
    program.owner.post(&path(&subscription, "/secret"), &long).await.expect(422);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_sender_died_is_sent_again_with_the_same_id_and_counted_once() {
    let (program, receiver) = (program(None).await, Receiver::start().await);
    subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    receiver.is_slow(Duration::from_secs(4));
    happen(&program, "one", 1..=1).await;
    receiver.sees(1).await;
    receiver.is_slow(Duration::ZERO);
    // As if the node that sent it had died before it could record the answer.
    let taken = execute(
        &program,
        "update webhook.outbox set owner = gen_random_uuid(), lease_until = now() - interval '1 minute'",
    )
    .await;
    assert_eq!(taken, 1);
    let seen = receiver.sees(2).await;
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[0].body, seen[1].body);
    let delivered = wait_for(&program.owner, "delivered", 1).await;
    let id = delivered[0]["message_id"].as_str().unwrap().to_owned();
    // Stopping waits for the late answer, which finds that the message is no longer its own.
    let Program { node, database, .. } = program;
    node.stop().await;
    let log: i64 = sqlx::query_scalar("select count(*) from webhook.attempt")
        .fetch_one(&mut database.superuser().await)
        .await
        .unwrap();
    assert_eq!(log, 1, "{id}");
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_the_public_internet_is_refused_when_it_is_named_and_when_it_is_met() {
    let program = Program::start().await;
    let owner = &program.owner;
    for url in [
        "http://hooks.example.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "https://db.internal/x",
        "https://user:password@hooks.example.com/x",
        "https://hooks.example.com:22/x",
        "ftp://hooks.example.com/x",
        "not an address",
    ] {
        let body = json!({ "url": url, "event_types": ["*"] });
        let refused = owner.post("/v1/webhook-subscriptions", &body).await;
        let problem = refused.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/url", "{url} {problem}");
    }
    let made = subscribe(owner, "https://hooks.example.com/x", &[TRIAL]).await;
    let inward = json!({ "url": "https://192.168.0.1/x" });
    owner.send("PATCH", &path(&made, ""), &[], Some(&inward)).await.expect(422);
    // Stored before the rules were what they are, or a name that turned inward.
    execute(&program, "update webhook.subscription set url = 'https://10.0.0.1/x'").await;
    owner.post(&path(&made, "/test"), &json!({})).await.expect(201);
    attempted(&program, 1).await;
    let message = &messages(owner, "").await[0];
    assert!(message["error"].as_str().unwrap().contains("not on the public internet"), "{message}");
    assert_eq!(message["response_status"], Value::Null);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_keeps_messages_and_a_replay_sends_the_same_bytes_again() {
    let (program, receiver) = (program(None).await, Receiver::start().await);
    let owner = &program.owner;
    let subscription = subscribe(owner, &receiver.url(), &[TRIAL]).await;
    let set = |status: &str| {
        let (body, path) = (json!({ "status": status }), path(&subscription, ""));
        async move { owner.send("PATCH", &path, &[], Some(&body)).await.expect(200) }
    };
    set("paused").await;
    happen(&program, "one", 1..=2).await;
    assert_eq!(messages(owner, "status=pending").await.len(), 2);
    set("active").await;
    let delivered = wait_for(owner, "delivered", 2).await;
    let first = receiver.sees(2).await;

    let replay =
        format!("/v1/webhook-messages/{}/replay", delivered[1]["message_id"].as_str().unwrap());
    let would = owner.post(&replay, &json!({ "dry_run": true })).await.expect(200);
    assert_eq!(would["detail"], "it would be sent again under the same id");
    owner.post(&replay, &json!({})).await.expect(200);
    let again = receiver.sees(3).await;
    assert_eq!(first[0].header("webhook-id"), again[2].header("webhook-id"));
    assert_eq!(first[0].body, again[2].body);
    attempted(&program, 3).await;

    owner.send("DELETE", &path(&subscription, ""), &[], None).await.expect(200);
    assert_eq!(messages(owner, "").await.len(), 0);
    assert_eq!(attempts(&program).await, 0);
    program.stop().await;
}

/// What a partner is told, as the product renders it elsewhere.
struct TrialPayloads;

impl Payloads for TrialPayloads {
    fn render<'a>(
        &'a self,
        _: &'a mut TenantTx,
        event: &'a Event,
    ) -> BoxFuture<'a, Result<Option<Value>, StoreError>> {
        let body = (event.source != "invoice_system").then(|| {
            json!({
                "event_type": event.kind, "event_id": event.id.uuid(), "timestamp": event.time,
                "project_data": event.data,
            })
        });
        Box::pin(async move { Ok(body) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_assistants_connection_owns_its_subscriptions_and_speaks_the_contracts_format() {
    let program = Program::start_on(Database::create().await, |options| {
        options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
        options.payloads = Arc::new(TrialPayloads);
    })
    .await;
    let receiver = Receiver::start().await;
    let (secret, owner) = ("the-shared-webhook-secret", &program.owner);
    connect(&program, program.tenant, &receiver, secret, true).await;
    let list = owner.get("/v1/webhook-subscriptions").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list:#}");
    let project = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["event_types"] == json!(["project.status.changed"]))
        .unwrap();
    assert_eq!((&project["format"], &project["connector"]), (&json!("mwd"), &json!("assistant")));
    let refused = owner.send("DELETE", &path(project, ""), &[], None).await;
    assert_eq!(refused.expect(409)["code"], "webhook-subscription-owned");

    change_status(&program, "crm").await;
    change_status(&program, "invoice_system").await;
    let seen = receiver.sees(1).await;
    assert!(seen[0].verifies(secret, SystemClock.now()));
    let hex = signature::sign_hex(&Secret::new(secret), &seen[0].body);
    assert_eq!(seen[0].header("x-mwd-signature"), hex);
    assert_eq!(seen[0].header("x-mwd-event-type"), "project.status.changed");
    assert_eq!(seen[0].header("authorization"), "Bearer agent-api-key");
    assert_eq!(seen[0].json()["project_data"]["new_status"], "contract_signed");
    wait_for(owner, "delivered", 1).await;
    assert_eq!(messages(owner, "").await.len(), 1, "what came from the partner is not told back");

    // Set again, it is the same two: other secret, paused, and then sent with what is set by then.
    connect(&program, program.tenant, &receiver, secret, false).await;
    let list = owner.get("/v1/webhook-subscriptions?status=paused").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    change_status(&program, "crm").await;
    assert_eq!(messages(owner, "status=pending").await.len(), 1);
    let renewed = "another-shared-webhook-secret";
    connect(&program, program.tenant, &receiver, renewed, true).await;
    wait_for(owner, "delivered", 2).await;
    assert!(receiver.seen()[1].verifies(renewed, SystemClock.now()));
    program.stop().await;
}

pub(crate) async fn connect(
    program: &Program,
    tenant: TenantId,
    receiver: &Receiver,
    secret: &str,
    enabled: bool,
) {
    let policy = EgressPolicy { allowed_private_hosts: vec!["127.0.0.1".to_owned()] };
    let settings = json!({
        "enabled": enabled,
        "agent_api_url": receiver.served.url(),
        "agent_api_key": "agent-api-key",
        "webhook_endpoints": { "project_status_changed": receiver.url() },
        "webhook_secret": secret,
        "auto_create_leads": true,
    });
    let app = &program.node.app;
    let mut tx = app.db.tenant(tenant).await.unwrap();
    AssistantWatcher::new(Http::new(policy))
        .connection_set(&mut tx, &app.keyring, "assistant", &settings)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn change_status(program: &Program, source: &str) {
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    let facts = json!({ "project_id": "proj_1", "new_status": "contract_signed" });
    let subject = Some("proj_1".to_owned());
    tx.append(source, "project.status.changed", subject, facts).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn received_webhooks_are_replayed_by_what_they_have_in_common_and_only_once() {
    let program = Program::start().await;
    let owner = &program.owner;
    program.journey(&Intake::numbered(1)).await;
    // Two that were refused by rules that have changed since: their bytes are valid by now.
    for number in [2, 3] {
        let intake = Intake::numbered(number).with("/intake_data/company_name", json!(17));
        intake.send(&program.stranger, Signing::Contract).await.expect(422);
    }
    let mended = execute(
        &program,
        "update webhook.received set body = convert_to(replace(convert_from(body, 'UTF8'), ':17,', ':\"Mended\",'), 'UTF8')
         where status = 'invalid'",
    )
    .await;
    assert_eq!(mended, 2);
    let replay =
        |filter: Value| async move { owner.post("/v1/webhooks/replay", &filter).await.expect(200) };
    let would = replay(json!({ "status": "invalid", "dry_run": true })).await;
    assert_eq!((&would["changed"], would["items"].as_array().unwrap().len()), (&json!(2), 2));
    let runs = owner.get("/v1/runs").await.expect(200);
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "a dry run starts nothing");

    let part = replay(json!({ "source": "invoice_system", "status": "invalid", "limit": 1 })).await;
    assert_eq!(part["changed"], 1);
    assert!(part["next_cursor"].is_string());
    let all = json!({ "since": "2020-01-01T00:00:00Z" });
    assert_eq!(replay(all.clone()).await["changed"], 1);
    let twice = replay(all).await;
    assert_eq!((&twice["changed"], twice["items"].as_array().unwrap().len()), (&json!(0), 3));
    for number in [2, 3] {
        let run = program.ended(owner, &Intake::numbered(number).event_id).await;
        assert_eq!(run["status"], "completed", "{run:#}");
    }
    let completed = replay(json!({ "run_outcome": "completed", "dry_run": true })).await;
    assert_eq!(completed["items"].as_array().unwrap().len(), 3);
    let none = replay(json!({ "run_outcome": "faulted" })).await;
    assert_eq!(none["items"], json!([]));
    assert_eq!(program.applied("invoice_system", "/leads").len(), 3);
    program.stop().await;
}
