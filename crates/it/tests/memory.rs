//! What agents remember: versions, search, expiry, and where it came from.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::memory::memories::expire_memories;
use it::{Client, Intake, Program};
use kernel::{Clock as _, ManualClock, SystemClock};
use serde_json::{Value, json};

async fn save(client: &Client, memory: &Value) -> Value {
    client.put("/v1/memories", memory).await.expect(200)
}

async fn search(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/v1/memories/search?query={query}")).await.expect(200);
    answer["items"].as_array().unwrap().clone()
}

fn path(memory: &Value) -> String {
    format!("/v1/memories/{}", memory["memory_id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_onboarding_remembers_intake_and_assessment_with_the_delivery_they_came_from() {
    let program = Program::start().await;
    let run = program.journey(&Intake::numbered(1)).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    let owner = &program.owner;
    let webhook = owner.get("/v1/webhooks").await.expect(200)["items"][0].clone();
    let lead = owner.get("/v1/leads").await.expect(200)["items"][0].clone();
    let listed = owner.get("/v1/memories?key_prefix=intake_").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let memory = owner.get(&path(&listed["items"][0])).await.expect(200);
    assert_eq!(memory["key"], "intake_TechFlow Solutions 1");
    assert_eq!(memory["value"]["budget"], "$50,000 - $75,000");
    assert_eq!(memory["client_id"], lead["client_id"]);
    assert_eq!(memory["lead_id"], lead["lead_id"]);
    let provenance = &memory["provenance"];
    assert_eq!(provenance["flow"], "client-onboarding");
    assert_eq!(provenance["run_id"], run["run_id"]);
    assert_eq!(provenance["delivery_id"], webhook["delivery_id"]);
    let found = search(owner, "workflow%20automation&kind=intake").await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0]["snippet"].as_str().unwrap().contains("**automation**"), "{}", found[0]);
    let assessed = owner.get("/v1/memories?kind=assessment").await.expect(200);
    let assessment = owner.get(&path(&assessed["items"][0])).await.expect(200);
    assert_eq!(assessment["value"]["complexity_score"], lead["complexity_score"]);
    // The event says that something was saved, and nothing of what.
    let events = owner.get("/v1/events?type=memory.saved").await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 2);
    assert!(!events.to_string().contains("TechFlow"), "{events:#}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_again_supersedes_and_the_older_version_stays_readable() {
    let program = Program::start().await;
    let owner = &program.owner;
    let note = |text: &str| json!({ "key": "style", "text": text, "tags": ["design", "design"] });
    let first = save(owner, &note("likes blue")).await;
    assert_eq!((&first["version"], &first["unchanged"]), (&json!(1), &json!(false)));
    let same = save(owner, &note("likes blue")).await;
    assert_eq!((&same["version"], &same["unchanged"]), (&json!(1), &json!(true)));
    let second = save(owner, &note("likes green")).await;
    assert_eq!((&second["version"], &second["memory_id"]), (&json!(2), &first["memory_id"]));
    let now = owner.get(&path(&first)).await.expect(200);
    assert_eq!((&now["text"], &now["tags"]), (&json!("likes green"), &json!(["design"])));
    assert_eq!(now["versions"].as_array().unwrap().len(), 2);
    let then = owner.get(&format!("{}?version=1", path(&first))).await.expect(200);
    assert_eq!(then["text"], "likes blue");
    // What was superseded is not found.
    assert_eq!(search(owner, "blue").await.len(), 0);
    assert_eq!(search(owner, "green").await.len(), 1);
    assert_eq!(search(owner, "likes%20-green").await.len(), 0);

    let gone = owner.send("DELETE", &path(&first), &[], None).await.expect(200);
    assert_eq!(gone["versions"], 2);
    assert_eq!(owner.get(&path(&first)).await.status, 404);
    let audit = owner.get("/v1/audit").await.expect(200);
    assert_eq!(audit["items"][0]["action"], "forget_memory");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_is_gone_at_once_and_erased_soon_and_the_one_before_is_back() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let hand = Arc::clone(&clock);
    let program = Program::start_with(|options| options.clock = clock).await;
    let owner = &program.owner;
    let lasting = save(owner, &json!({ "key": "style", "text": "likes blue" })).await;
    let passing = json!({ "key": "style", "text": "away this week", "expires_in_days": 7 });
    assert_eq!(save(owner, &passing).await["version"], 2);
    let only = json!({ "key": "offer", "text": "ten percent", "expires_in_days": 7 });
    let only = save(owner, &only).await;
    assert_eq!(expire_memories(&program.node.app.db).await.unwrap(), 0);

    hand.advance(TimeDelta::days(7));
    assert_eq!(owner.get(&path(&lasting)).await.expect(200)["text"], "likes blue");
    assert_eq!(owner.get(&path(&only)).await.status, 404);
    assert_eq!(search(owner, "percent").await.len(), 0);
    assert_eq!(expire_memories(&program.node.app.db).await.unwrap(), 2);
    assert_eq!(expire_memories(&program.node.app.db).await.unwrap(), 0);

    let mut database = program.superuser().await;
    let left: Vec<String> = sqlx::query_scalar("select text from memory.version")
        .fetch_all(&mut database)
        .await
        .unwrap();
    assert_eq!(left, ["likes blue"]);
    let keys: Vec<String> =
        sqlx::query_scalar("select key from memory.memory").fetch_all(&mut database).await.unwrap();
    assert_eq!(keys, ["style"]);
    // The number goes on: a version is never another one later.
    let again = save(owner, &json!({ "key": "style", "text": "likes green" })).await;
    assert_eq!(again["version"], 3);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_of_another_client_is_another_memory() {
    let program = Program::start().await;
    let owner = &program.owner;
    let mut saved = Vec::new();
    for number in [1, 2] {
        let lead = json!({
            "source": "invoice_system", "company_name": "Same Name", "intake": {},
            "contact_email": format!("person{number}@techflow.example"),
        });
        let lead = owner.post("/v1/leads", &lead).await.expect(201);
        let memory =
            json!({ "key": "intake_Same Name", "lead_id": lead["lead_id"], "value": [number] });
        saved.push((save(owner, &memory).await, lead));
    }
    assert_ne!(saved[0].0["memory_id"], saved[1].0["memory_id"]);
    let client = saved[1].1["client_id"].as_str().unwrap();
    let listed = owner.get(&format!("/v1/memories?client_id={client}")).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let wrong = json!({
        "key": "k", "text": "t", "lead_id": saved[0].1["lead_id"], "client_id": client,
    });
    let refused = owner.put("/v1/memories", &wrong).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/client_id");
    let empty = owner.put("/v1/memories", &json!({ "key": "k" })).await.expect(422);
    assert_eq!(empty["errors"][0]["pointer"], "/text");

    // What belongs to another tenant is as if it were not there.
    let (_, other) = program.another_tenant("Initech").await;
    for (field, id) in
        [("client_id", saved[0].1["client_id"].clone()), ("lead_id", saved[0].1["lead_id"].clone())]
    {
        let memory = json!({ "key": "k", "text": "t", field: id });
        assert_eq!(other.put("/v1/memories", &memory).await.status, 404, "{field}");
    }
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn savers_of_one_key_take_turns_and_lose_nothing() {
    let program = Program::start().await;
    let owner = &program.owner;
    let memories: Vec<Value> =
        (0..10).map(|number| json!({ "key": "count", "value": number })).collect();
    let saved = futures::future::join_all(memories.iter().map(|memory| save(owner, memory))).await;
    let mut versions: Vec<i64> = saved.iter().map(|it| it["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=10).collect::<Vec<i64>>());
    let memory = owner.get(&path(&saved[0])).await.expect(200);
    assert_eq!(memory["versions"].as_array().unwrap().len(), 10);
    program.stop().await;
}
