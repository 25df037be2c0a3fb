//! Writes over REST that are repeated, too many, or at the same time; and the traces they leave.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use it::{Client, Intake, Program, wait_until};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

const SOON: Duration = Duration::from_secs(20);

fn lead(number: u32) -> Value {
    json!({
        "source": "invoice_system", "company_name": format!("Company {number}"),
        "contact_email": "Same.Person@Techflow.example", "intake": { "number": number },
    })
}

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> it::Answer {
    client.send("POST", path, &[("idempotency-key", key)], Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_repeated_under_its_key_is_done_once_and_answered_alike() {
    let program = Program::start().await;
    let owner = &program.owner;
    let first = post(owner, "/v1/leads", "key-1", &lead(1)).await;
    assert_eq!(first.status, 201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = post(owner, "/v1/leads", "key-1", &lead(1)).await;
    assert_eq!((again.status, again.text()), (201, first.text()));
    assert_eq!(again.header("idempotency-replayed"), "true");

    assert_eq!(
        post(owner, "/v1/leads", "key-1", &lead(2)).await.expect(422)["code"],
        "idempotency-key-reused"
    );
    // Another token's key is another key.
    let staff = program.client("staff").await;
    let theirs = post(&staff, "/v1/leads", "key-1", &lead(1)).await.expect(201);
    assert_eq!((&theirs["merged"], &theirs["submissions"]), (&json!(true), &json!(2)));

    let third = lead(3);
    let answers = join_all((0..10).map(|_| post(owner, "/v1/leads", "key-2", &third))).await;
    let done: HashSet<String> =
        answers.iter().filter(|it| it.status == 201).map(it::Answer::text).collect();
    assert_eq!(done.len(), 1, "the work was done once");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.expect(409)["code"], "idempotency-key-in-flight");
        assert!(!answer.header("retry-after").is_empty());
    }
    let leads = owner.get("/v1/leads").await.expect(200);
    assert_eq!(leads["items"][0]["submissions"], 3);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_asks_too_often_is_told_when_to_come_back() {
    let program = Program::start().await;
    let body = json!({ "name": "slow", "role": "staff", "rate_per_minute": 5 });
    let token = program.owner.post("/v1/tokens", &body).await.expect(201);
    let slow = program.stranger.with_token(token["token"].as_str());
    for left in (0..5).rev() {
        let answer = slow.get("/v1/me").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"token\";q=5;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"token\";r={left};t=")));
    }
    let refused = slow.get("/v1/me").await;
    assert_eq!(refused.expect(429)["code"], "too-many-requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    // Others are not held up.
    assert_eq!(program.owner.get("/v1/me").await.status, 200);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submissions_of_one_client_at_the_same_time_become_one_lead() {
    let program = Program::start().await;
    let bodies: Vec<Value> = (0..20).map(lead).collect();
    let answers = join_all(bodies.iter().map(|body| program.owner.post("/v1/leads", body))).await;
    let mut counts: Vec<i64> =
        answers.iter().map(|it| it.expect(201)["submissions"].as_i64().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<i64>>());
    let leads = program.owner.get("/v1/leads").await.expect(200);
    let clients = program.owner.get("/v1/clients").await.expect(200);
    assert_eq!(leads["items"].as_array().unwrap().len(), 1);
    assert_eq!(clients["items"].as_array().unwrap().len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_gets_one_place_and_every_change_one_link_of_the_chain() {
    let program = Program::start().await;
    let (_, other) = program.another_tenant("Initech").await;
    let journeys = join_all((1..=5).map(|number| {
        let program = &program;
        async move { program.journey(&Intake::numbered(number)).await }
    }));
    let bodies: Vec<Value> = (0..20).map(lead).collect();
    let writes = join_all(bodies.iter().map(|body| other.post("/v1/leads", body)));
    let (runs, writes) = futures::join!(journeys, writes);
    assert!(runs.iter().all(|run| run["status"] == "completed"));
    assert!(writes.iter().all(|answer| answer.status == 201));

    let mut superuser = program.superuser().await;
    for pending in ["platform.event_pending", "identity.audit_pending"] {
        let query = format!("select count(*) from {pending}");
        wait_until("everything has its place", SOON, async || {
            let left: i64 = sqlx::query_scalar(AssertSqlSafe(query.clone()))
                .fetch_one(&mut program.superuser().await)
                .await
                .unwrap();
            (left == 0).then_some(())
        })
        .await;
    }
    let (placed, last, events): (i64, i64, i64) = sqlx::query_as(
        "select count(*), max(position), (select count(*) from platform.event)
         from platform.event_position",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!((placed, last), (events, events), "positions have no gap");
    for owner in [&program.owner, &other] {
        let verified = owner.get("/v1/audit/verification").await.expect(200);
        assert!(3 < verified["entries"].as_i64().unwrap());
        check_order(owner).await;
    }

    // A changed entry is noticed.
    let changed = sqlx::query(
        "update identity.audit_entry set actor = 'token:somebody' where tenant_id = $1 and sequence = 3",
    );
    let changed = changed.bind(program.tenant.uuid()).execute(&mut superuser).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let broken = program.owner.get("/v1/audit/verification").await;
    assert_eq!(broken.json()["code"], "audit-broken");
    assert!(broken.text().contains("audit entry 3 "), "{}", broken.text());
    drop(superuser);
    program.stop().await;
}

/// A reader that follows the log page by page sees each event once, in order.
async fn check_order(owner: &Client) {
    let (mut after, mut seen) = (0, HashSet::new());
    loop {
        let page = owner.get(&format!("/v1/events?limit=7&after={after}")).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        if items.is_empty() {
            break;
        }
        for item in items {
            let position = item["position"].as_i64().unwrap();
            assert!(after < position);
            after = position;
            assert!(seen.insert(item["event"]["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(page["next_after"], after);
    }
    assert!(20 < seen.len());
}
