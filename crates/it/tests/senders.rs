//! Webhooks that are sent by several nodes, to receivers that ask for patience or never answer well, and while
//! keys are rotated.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use handoff::node::Node;
use it::{Client, Program, wait_until};
use kernel::{Clock as _, ManualClock, SystemClock, Timestamp};
use serde_json::{Value, json};

use crate::{
    outgoing::{
        Receiver, TRIAL, attempted, connect, happen, messages, path, program, subscribe, wait_for,
    },
    rotation::{NEW, OLD, keyring, node},
};

const SOON: Duration = Duration::from_secs(30);

/// A program on a clock that stands still, and that clock.
async fn at_rest() -> (Program, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    (program(Some(&clock)).await, clock)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_send_at_once_make_each_attempt_once() {
    const SUBSCRIPTIONS: usize = 8;
    let (program, clock) = at_rest().await;
    let mut options = Program::options(&program.database);
    (options.sandbox, options.config.sandbox) = (None, false);
    options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
    options.clock = Arc::<ManualClock>::clone(&clock);
    options.keyring = Arc::clone(&program.node.app.keyring);
    let second = Node::start(options).await.unwrap();

    let receiver = Receiver::start().await;
    for _ in 0..SUBSCRIPTIONS {
        subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    }
    receiver.answers(500);
    receiver.is_slow(Duration::from_millis(400));
    // There is more to send until each node has something.
    let subjects = AtomicUsize::new(0);
    wait_until("both nodes send", SOON, || async {
        let subject = subjects.fetch_add(1, Ordering::Relaxed);
        happen(&program, &format!("thing_{subject}"), 1..=1).await;
        let owners: i64 = sqlx::query_scalar("select count(distinct owner) from webhook.outbox")
            .fetch_one(&mut program.superuser().await)
            .await
            .unwrap();
        (owners == 2).then_some(())
    })
    .await;
    receiver.is_slow(Duration::ZERO);
    let all = SUBSCRIPTIONS * subjects.into_inner();
    attempted(&program, i64::try_from(all).unwrap()).await;
    receiver.answers(200);
    clock.advance(TimeDelta::seconds(7));
    attempted(&program, i64::try_from(2 * all).unwrap()).await;
    // Both have ended what they were at: nothing more can come.
    second.stop().await;
    let Program { node, database, .. } = program;
    node.stop().await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for seen in receiver.seen() {
        *times.entry(seen.header("webhook-id").to_owned()).or_default() += 1;
    }
    assert_eq!(times.len(), all);
    assert!(times.values().all(|times| *times == 2), "{times:?}");
    database.remove().await;
}

/// When the message about this subject is tried next.
async fn next_attempt(owner: &Client, subject: &str) -> Timestamp {
    let found = messages(owner, &format!("subject={subject}")).await;
    found[0]["next_attempt_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_half_an_hour_is_left_alone_for_that_long() {
    let (program, clock) = at_rest().await;
    let receiver = Receiver::start().await;
    subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    for (round, status) in [(0, 429), (1, 503)] {
        let subject = format!("asked_by_{status}");
        receiver.answers(status);
        happen(&program, &subject, 1..=1).await;
        attempted(&program, 3 * round + 1).await;
        let asked = clock.now() + TimeDelta::minutes(30);
        assert_eq!(next_attempt(&program.owner, &subject).await, asked, "{status}");
        // It takes others meanwhile: what it asked for was about this one.
        receiver.answers(200);
        clock.advance(TimeDelta::seconds(30 * 60 - 1));
        happen(&program, &format!("other_than_{status}"), 1..=1).await;
        attempted(&program, 3 * round + 2).await;
        assert_eq!(messages(&program.owner, "status=pending").await.len(), 1, "{status}");
        clock.advance(TimeDelta::seconds(1));
        attempted(&program, 3 * round + 3).await;
        assert_eq!(messages(&program.owner, "status=pending").await.len(), 0, "{status}");
    }
    // A failure that asks for nothing is tried again by the schedule, whatever header came with it.
    receiver.answers(500);
    happen(&program, "unasked", 1..=1).await;
    attempted(&program, 7).await;
    let next = next_attempt(&program.owner, "unasked").await;
    assert!(next < clock.now() + TimeDelta::seconds(10), "{next}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_days_of_nothing_but_failures_disable_a_subscription_and_one_success_starts_anew() {
    let (program, clock) = at_rest().await;
    let owner = &program.owner;
    let (dead, shaky) = (Receiver::start().await, Receiver::start().await);
    let never = subscribe(owner, &dead.url(), &[TRIAL]).await;
    let once = subscribe(owner, &shaky.url(), &[TRIAL]).await;
    dead.answers(500);
    shaky.answers(500);
    happen(&program, "one", 1..=2).await;
    attempted(&program, 2).await;
    clock.advance(TimeDelta::hours(13));
    attempted(&program, 4).await;
    shaky.answers(200);
    clock.advance(TimeDelta::hours(1));
    attempted(&program, 7).await;
    shaky.answers(500);
    clock.advance(TimeDelta::hours(118));
    attempted(&program, 8).await;
    let status = async |subscription: &Value| {
        let view = owner.get(&path(subscription, "")).await.expect(200);
        view["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&never).await, "active", "five days less an hour");

    clock.advance(TimeDelta::hours(3));
    attempted(&program, 9).await;
    assert_eq!(status(&never).await, "disabled");
    let view = owner.get(&path(&never, "")).await.expect(200);
    assert!(view["status_reason"].as_str().unwrap().contains("five days"), "{view:#}");
    let alerts = owner.get("/v1/alerts?open=true").await.expect(200);
    let kinds: BTreeSet<&str> =
        alerts["items"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
    assert!(kinds.contains("webhook.disabled"), "{alerts:#}");
    assert_eq!(messages(owner, "status=cancelled").await.len(), 1, "what was left is not sent");

    // The other one failed before and fails now, and worked between.
    happen(&program, "two", 1..=1).await;
    attempted(&program, 10).await;
    assert_eq!(status(&once).await, "active");
    assert_eq!(dead.seen().len(), 5);
    program.stop().await;
}

/// The ids of the keys that sealed what subscriptions keep.
async fn sealed_by(database: &it::Database) -> Vec<String> {
    sqlx::query_scalar(
        "select distinct convert_from(substr(sealed, 3, get_byte(sealed, 1)), 'UTF8')
         from webhook.subscription, unnest(array[secret_sealed, previous_secret_sealed, bearer_sealed]) sealed
         where sealed is not null",
    )
    .fetch_all(&mut database.superuser().await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_subscriptions_outlive_the_key_that_sealed_them() {
    let program = Program::start_with(|options| {
        options.config.allowed_private_hosts = vec!["127.0.0.1".to_owned()];
        options.keyring = keyring(&[OLD, NEW]);
    })
    .await;
    let receiver = Receiver::start().await;
    let made = subscribe(&program.owner, &receiver.url(), &[TRIAL]).await;
    let renewed = program.owner.post(&path(&made, "/secret"), &json!({})).await.expect(200);
    connect(&program, program.tenant, &receiver, "the-shared-webhook-secret", true).await;
    assert_eq!(sealed_by(&program.database).await, ["old"]);
    let (second, _) = node(&program, keyring(&[NEW, OLD])).await;
    assert_eq!(sealed_by(&program.database).await, ["new"]);
    second.stop().await;

    // From here on nobody has the old key.
    let (third, here) = node(&program, keyring(&[NEW])).await;
    let owner = here.with_token(Some(&token(&program).await));
    let Program { node: first, database, .. } = program;
    first.stop().await;
    owner.post(&path(&made, "/test"), &json!({})).await.expect(201);
    let seen = receiver.sees(1).await;
    for (secret, which) in [(&made["secret"], "before"), (&renewed["secret"], "now")] {
        assert!(seen[0].verifies(secret.as_str().unwrap(), SystemClock.now()), "{which}");
    }
    let list = owner.get("/v1/webhook-subscriptions").await.expect(200);
    let hook = receiver.url();
    let owned = list["items"].as_array().unwrap().iter();
    let owned = owned.clone().find(|it| it["connector"] == "assistant" && it["url"] == hook);
    owner.post(&path(owned.unwrap(), "/test"), &json!({})).await.expect(201);
    let seen = receiver.sees(2).await;
    assert_eq!(seen[1].header("authorization"), "Bearer agent-api-key");
    assert!(seen[1].verifies("the-shared-webhook-secret", SystemClock.now()));
    wait_for(&owner, "delivered", 2).await;
    third.stop().await;
    database.remove().await;
}

async fn token(program: &Program) -> String {
    let body = json!({ "name": "rotation", "role": "owner" });
    let created = program.owner.post("/v1/tokens", &body).await.expect(201);
    created["token"].as_str().unwrap().to_owned()
}
