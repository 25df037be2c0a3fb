//! Flows that several events start together, on PostgreSQL.

use std::{collections::BTreeSet, time::Duration};

use it::{Database, Rehearsal, prepare, wait_until};
use kernel::{Event, TenantId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use store::TenantTx;
use uuid::Uuid;

const BOTH: &str = "{all: [{with: {type: a}}, {with: {type: b}}]}";
const OF_ONE_KEY: &str = "{all: [{with: {type: a}, correlate: {key: {from: .data.key}}}, \
                          {with: {type: b}, correlate: {key: {from: .data.key}}}]}";

fn flow(version: &str, on: &str) -> String {
    format!(
        "{{document: {{dsl: 1.0.3, namespace: test, name: both, version: {version}}}, schedule: {{on: {on}}}, \
         do: [{{note: {{set: '${{ . }}'}}}}]}}"
    )
}

fn stage(database: &Database, flow: &str) -> Rehearsal {
    Rehearsal::open(database, &[flow.to_owned()], &[], flow::scenario::started_at())
}

async fn append(stage: &Rehearsal, tenant: TenantId, events: &[(&str, Value)]) {
    let mut tx = stage.db.tenant(tenant).await.unwrap();
    append_in(&mut tx, events).await;
    tx.commit().await.unwrap();
}

async fn append_in(tx: &mut TenantTx, events: &[(&str, Value)]) {
    let events: Vec<Event> = events
        .iter()
        .map(|(kind, data)| Event {
            id: tx.new_id(),
            source: "test".to_owned(),
            kind: (*kind).to_owned(),
            subject: None,
            time: tx.now(),
            data: data.clone(),
            attributes: serde_json::Map::new(),
            traceparent: None,
        })
        .collect();
    tx.append_all(&events).await.unwrap();
}

/// The inputs of the runs that were asked for, in order.
async fn starts(superuser: &mut PgConnection, tenant: TenantId) -> Vec<Value> {
    sqlx::query_scalar(
        "select data -> 'input' from platform.event
         where type = 'flow.start.requested' and tenant_id = $1 order by event_id",
    )
    .bind(tenant.uuid())
    .fetch_all(superuser)
    .await
    .unwrap()
}

async fn waiting(superuser: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from engine.gathered").fetch_one(superuser).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_start_happens_once_whichever_nodes_the_events_come_to() {
    const KEYS: i64 = 40;
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let nodes: Vec<Rehearsal> =
        (0..4).map(|_| stage(&database, &flow("1.0.0", OF_ONE_KEY))).collect();
    let work = nodes.iter().enumerate().map(|(number, node)| async move {
        let kind = if number % 2 == 0 { "a" } else { "b" };
        for step in 0..KEYS {
            // Two nodes go up and two go down; each event comes twice, once from each of a pair.
            let key = if number < 2 { step } else { KEYS - 1 - step };
            append(node, tenant, &[(kind, json!({ "key": key, "kind": kind }))]).await;
        }
    });
    futures::future::join_all(work).await;
    let found = starts(&mut superuser, tenant).await;
    for input in &found {
        let kinds: BTreeSet<&str> =
            input.as_array().unwrap().iter().map(|data| data["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, BTreeSet::from(["a", "b"]), "{input}");
        assert_eq!(input[0]["key"], input[1]["key"], "{input}");
    }
    for key in 0..KEYS {
        // A second event of a kind is left out unless its set was complete by then.
        let of_key = found.iter().filter(|input| input[0]["key"] == key).count();
        assert!((1..=2).contains(&of_key), "key {key}: {of_key}");
    }
    let used: i64 = sqlx::query_scalar(
        "select count(distinct used) from platform.event, jsonb_array_elements_text(data -> 'events') as used
         where type = 'flow.start.requested'",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!(usize::try_from(used).unwrap(), 2 * found.len(), "an event was used twice");
    for node in &nodes {
        node.db.close().await;
    }
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_waits_for_another_that_has_not_committed() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let (one, other) =
        (stage(&database, &flow("1.0.0", BOTH)), stage(&database, &flow("1.0.0", BOTH)));
    // The flow's row is there already, as it is but for the very first event.
    append(&one, tenant, &[("a", json!(0)), ("b", json!(0))]).await;
    let mut first = one.db.tenant(tenant).await.unwrap();
    append_in(&mut first, &[("a", json!(1))]).await;
    let late = [("b", json!(2))];
    let second = append(&other, tenant, &late);
    let commit = async {
        wait_until("the other node waits", Duration::from_secs(20), || async {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(&mut database.superuser().await)
            .await
            .unwrap();
            (0 < waiting).then_some(())
        })
        .await;
        first.commit().await.unwrap();
    };
    tokio::join!(second, commit);
    assert_eq!(starts(&mut superuser, tenant).await.len(), 2);
    assert_eq!(waiting(&mut superuser).await, 0);
    one.db.close().await;
    other.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_come_outlives_the_program_and_is_each_tenants_own() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let other = TenantId::from(Uuid::from_u128(2));
    sqlx::query(
        "insert into identity.tenant (tenant_id, name, slug, created_at) values ($1, 'Other', 'other', now())",
    )
    .bind(other.uuid())
    .execute(&mut superuser)
    .await
    .unwrap();
    let first = stage(&database, &flow("1.0.0", BOTH));
    append(&first, tenant, &[("a", json!(1))]).await;
    first.db.close().await;
    let second = stage(&database, &flow("1.0.0", BOTH));
    append(&second, other, &[("b", json!(2))]).await;
    assert_eq!(starts(&mut superuser, tenant).await, [json!(null); 0]);
    append(&second, tenant, &[("b", json!(3)), ("b", json!(4))]).await;
    assert_eq!(starts(&mut superuser, tenant).await, [json!([1, 3])]);
    let node = second.node();
    while node.turn().await.unwrap().worked {}
    let (status, started_by): (String, String) =
        sqlx::query_as("select status, started_by from engine.run")
            .fetch_one(&mut superuser)
            .await
            .unwrap();
    assert_eq!((status.as_str(), started_by.as_str()), ("completed", "b"));
    // The second `b` waits for the next `a`, the other tenant's for its own.
    assert_eq!(waiting(&mut superuser).await, 2);
    second.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_begins_with_nothing_and_so_does_a_flow_that_was_switched_off() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let old = stage(&database, &flow("1.0.0", BOTH));
    append(&old, tenant, &[("a", json!(1))]).await;
    let new = stage(&database, &flow("2.0.0", BOTH));
    append(&new, tenant, &[("b", json!(2))]).await;
    assert_eq!(starts(&mut superuser, tenant).await, [json!(null); 0]);
    // Nodes of two releases do not disturb each other.
    append(&old, tenant, &[("b", json!(3))]).await;
    assert_eq!(starts(&mut superuser, tenant).await, [json!([1, 3])]);
    append(&new, tenant, &[("a", json!(4))]).await;
    let found = starts(&mut superuser, tenant).await;
    assert!(found.len() == 2 && found.contains(&json!([2, 4])), "{found:?}");

    append(&new, tenant, &[("a", json!(5))]).await;
    let digest = new.flows.shipped().get("both").unwrap().program.digest().to_owned();
    for choice in [None, Some(digest.as_str())] {
        let mut tx = new.db.tenant(tenant).await.unwrap();
        engine::versions::choose(&mut tx, &new.flows, "both", choice, "test").await.unwrap();
        tx.commit().await.unwrap();
        if choice.is_none() {
            append(&new, tenant, &[("a", json!(6))]).await;
            assert_eq!(waiting(&mut superuser).await, 0, "it is switched off");
        }
    }
    append(&new, tenant, &[("b", json!(7))]).await;
    append(&new, tenant, &[("a", json!(8))]).await;
    let found = starts(&mut superuser, tenant).await;
    assert!(found.len() == 3 && found.contains(&json!([7, 8])), "{found:?}");

    // What came for a version that nobody serves any more goes when there is a newer one.
    append(&new, tenant, &[("a", json!(9))]).await;
    let newest = stage(&database, &flow("3.0.0", BOTH));
    newest.clock.advance(chrono::TimeDelta::hours(2));
    append(&newest, tenant, &[("a", json!(10))]).await;
    let kept: Vec<String> = sqlx::query_scalar("select digest from engine.gathered")
        .fetch_all(&mut superuser)
        .await
        .unwrap();
    assert_eq!(kept, [newest.flows.shipped().get("both").unwrap().program.digest()]);
    for stage in [&old, &new, &newest] {
        stage.db.close().await;
    }
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_a_thousand_starts_of_a_flow_wait_and_the_oldest_goes() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let stage = stage(&database, &flow("1.0.0", OF_ONE_KEY));
    let many: Vec<(&str, Value)> = (0..1_001).map(|key| ("a", json!({ "key": key }))).collect();
    for some in many.chunks(200) {
        append(&stage, tenant, some).await;
    }
    assert_eq!(waiting(&mut superuser).await, 1_000);
    append(&stage, tenant, &[("b", json!({ "key": 0 })), ("b", json!({ "key": 2 }))]).await;
    let found = starts(&mut superuser, tenant).await;
    assert_eq!(found, [json!([{ "key": 2 }, { "key": 2 }])]);
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_a_run_does_not_ask_for_it_again() {
    let database = Database::create().await;
    let tenant = prepare(&database).await;
    let mut superuser = database.superuser().await;
    let on = "{all: [{with: {type: flow.start.requested}}, {with: {type: a}}]}";
    let flows =
        [flow("1.0.0", on), flow("1.0.0", "{all: [{with: {type: a}}]}").replace("both", "one")];
    let stage = Rehearsal::open(&database, &flows, &[], flow::scenario::started_at());
    append(&stage, tenant, &[("a", json!(1))]).await;
    assert_eq!(starts(&mut superuser, tenant).await, [json!([1])]);
    assert_eq!(waiting(&mut superuser).await, 1);
    stage.db.close().await;
    drop(superuser);
    database.remove().await;
}
