//! What people see first: what waits for them, where clients are, what happened to one, and finding things.

use std::time::Duration;

use connector_kit::simulator::Fault;
use it::{Client, Intake, Program, wait_until};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

const SOON: Duration = Duration::from_secs(30);

/// Saves a flow of these tasks and starts it: its run's id.
async fn start(owner: &Client, flow: &str, tasks: &str, input: &Value) -> String {
    let source = format!(
        "document: {{ dsl: 1.0.3, namespace: own, name: {flow}, version: 1.0.0 }}\ndo:\n{tasks}"
    );
    owner.post("/v1/flows", &json!({ "source": source })).await.expect(201);
    let started = wait_until("the flow can be started", SOON, || async {
        let body = json!({ "input": input });
        let started = owner.post(&format!("/v1/flows/{flow}/runs"), &body).await;
        (started.status == 201).then(|| started.json())
    })
    .await;
    started["run_id"].as_str().unwrap().to_owned()
}

/// The answer to a request, once it is as it should be.
async fn once(client: &Client, path: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    wait_until(what, SOON, || async {
        let answer = client.get(path).await.expect(200);
        is_so(&answer).then_some(answer)
    })
    .await
}

async fn first(owner: &Client, path: &str, field: &str) -> String {
    owner.get(path).await.expect(200)["items"][0][field].as_str().unwrap().to_owned()
}

/// A project of a lead, with one milestone that was invoiced and one that is late.
async fn project(owner: &Client, lead: &str) -> Value {
    let project = json!({
        "lead_id": lead, "name": "Website",
        "milestones": [
            { "name": "Launch", "amount": "1500.00" },
            { "name": "Care", "target_date": "2020-02-01", "amount": "500.00" },
        ],
    });
    let project = owner.post("/v1/projects", &project).await.expect(201);
    let path =
        format!("/v1/projects/{}/milestones/complete", project["project_id"].as_str().unwrap());
    let done = json!({ "milestone": "Launch", "trigger_invoice": true });
    owner.post(&path, &done).await.expect(200)
}

async fn execute(program: &Program, statement: &str) {
    let mut superuser = program.superuser().await;
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut superuser).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn today_holds_what_waits_for_a_person_with_the_ids_to_act_on_it() {
    let program = Program::start().await;
    let owner = &program.owner;
    let nothing = owner.get("/v1/today").await.expect(200);
    for section in ["approvals", "unclear_sends", "failed_runs", "alerts", "overdue"] {
        assert_eq!(nothing[section], json!({ "count": 0, "items": [] }), "{section}");
    }

    program.arm("slack", vec![Fault::times("disconnect-after-effect", 1)]);
    let journey = program.journey(&Intake::numbered(1)).await;
    let lead = first(owner, "/v1/leads", "lead_id").await;
    let client = first(owner, "/v1/clients", "client_id").await;
    let done = project(owner, &lead).await;
    execute(&program, "update billing.invoice set due_at = now() - interval '3 days'").await;
    let asks = "  - ask: { call: approval.request, with: { title: Ours, due: PT1H } }";
    let asking = start(owner, "asks", asks, &json!({ "lead_id": lead })).await;
    let raises = "  - fail: { raise: { error: { type: urn:x, status: 400, title: no luck } } }";
    let failing = start(owner, "raises", raises, &json!({ "client_id": client })).await;

    let today = once(owner, "/v1/today", "all of it is there", |today| {
        today["approvals"]["count"] == 1 && today["failed_runs"]["count"] == 1
    })
    .await;
    let (company, item) =
        (json!("TechFlow Solutions 1"), |section: &str| &today[section]["items"][0]);
    assert_eq!(item("approvals")["run_id"], json!(asking));
    assert!(item("approvals")["human_task_id"].as_str().unwrap().starts_with("htask_"));
    assert_eq!(item("approvals")["is_answerable"], true);
    let unclear = item("unclear_sends");
    assert_eq!(
        (&unclear["run_id"], today["unclear_sends"]["count"].as_i64()),
        (&journey["run_id"], Some(1))
    );
    assert!(unclear["function"].as_str().unwrap().starts_with("slack."), "{unclear}");
    assert!(unclear["task"].is_string() && unclear["alert_id"].is_string(), "{unclear}");
    let failed = item("failed_runs");
    assert_eq!((&failed["run_id"], &failed["error"]), (&json!(failing), &json!("no luck")));
    for section in ["approvals", "unclear_sends", "failed_runs"] {
        assert_eq!(
            (&item(section)["client_id"], &item(section)["company_name"]),
            (&json!(client), &company)
        );
    }
    assert_eq!(today["alerts"]["items"][0]["severity"], "critical");
    let overdue = &today["overdue"];
    assert_eq!(
        (overdue["count"].as_i64(), &overdue["items"][0]["title"]),
        (Some(2), &json!("Care"))
    );
    assert_eq!(overdue["items"][1]["invoice_id"], done["invoice"]["invoice_id"]);
    assert_eq!(overdue["items"][1]["days_overdue"], 3);
    assert_eq!(overdue["items"][1]["company_name"], company);

    act(&program, &today).await;
    program.stop().await;
}

/// What was acted on waits no longer, and nobody sees what is not for them.
async fn act(program: &Program, today: &Value) {
    let owner = &program.owner;
    let id =
        |section: &str, field: &str| today[section]["items"][0][field].as_str().unwrap().to_owned();
    let failing = id("failed_runs", "run_id");
    let again = owner.post(&format!("/v1/runs/{failing}/restart"), &json!({})).await.expect(201);
    let again = again["run_id"].as_str().unwrap().to_owned();
    once(owner, "/v1/today", "the new run stands for the old one", |today| {
        today["failed_runs"]["count"] == 1
            && today["failed_runs"]["items"][0]["run_id"] == again.as_str()
    })
    .await;
    let given_up = json!({ "reason": "given up" });
    owner.post(&format!("/v1/runs/{again}/cancel"), &given_up).await.expect(200);
    let decide = format!("/v1/human-tasks/{}/decide", id("approvals", "human_task_id"));
    owner.post(&decide, &json!({ "decision": "approved" })).await.expect(200);
    let resolve = format!("/v1/alerts/{}/resolution", id("unclear_sends", "alert_id"));
    owner.post(&resolve, &json!({})).await.expect(200);
    let path = format!(
        "/v1/invoices/{}/pay",
        today["overdue"]["items"][1]["invoice_id"].as_str().unwrap()
    );
    owner.post(&path, &json!({ "payment_reference": "WIRE-1" })).await.expect(200);
    once(owner, "/v1/today", "nothing but the milestone waits", |today| {
        let counts = ["approvals", "unclear_sends", "failed_runs", "overdue"];
        counts.map(|section| today[section]["count"].as_i64().unwrap()) == [0, 0, 0, 1]
    })
    .await;

    let partner = program.client("partner").await.get("/v1/today").await.expect(200);
    assert_eq!(partner.as_object().unwrap().keys().collect::<Vec<_>>(), ["at"]);
}

/// Makes clients without a journey: their ids, in the order they were made.
async fn clients(owner: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=count {
        let body = json!({
            "source": "website", "company_name": format!("Company {number}"), "intake": {},
            "contact_email": format!("c{number}@company.example"),
        });
        let lead = owner.post("/v1/leads", &body).await.expect(201);
        ids.push(lead["client_id"].as_str().unwrap().to_owned());
    }
    ids
}

fn stage<'a>(pipeline: &'a Value, name: &str) -> &'a Value {
    pipeline["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipeline_has_every_stage_with_its_clients_what_they_are_worth_and_what_waits() {
    let program = Program::start().await;
    let owner = &program.owner;
    let ids = clients(owner, 4).await;
    let moved = |id: &str| format!("/v1/clients/{id}/stage");
    owner.put(&moved(&ids[0]), &json!({ "stage": "assessed" })).await.expect(200);
    owner.put(&moved(&ids[2]), &json!({ "stage": "lost" })).await.expect(200);
    let lead = owner.get(&format!("/v1/leads?client_id={}", ids[0])).await.expect(200);
    project(owner, lead["items"][0]["lead_id"].as_str().unwrap()).await;
    let raises = "  - fail: { raise: { error: { type: urn:x, status: 400, title: no luck } } }";
    start(owner, "raises", raises, &json!({ "client_id": ids[0] })).await;

    let pipeline = once(owner, "/v1/pipeline", "the run failed", |pipeline| {
        stage(pipeline, "assessed")["cards"][0]["failed_runs"] == 1
    })
    .await;
    let names: Vec<&Value> =
        pipeline["stages"].as_array().unwrap().iter().map(|stage| &stage["stage"]).collect();
    let all = ["intake", "assessed", "proposal", "contract", "paid", "delivered", "lost"];
    assert_eq!(names, all);
    let counts = all.map(|name| stage(&pipeline, name)["count"].as_i64().unwrap());
    assert_eq!(counts, [2, 1, 0, 0, 0, 0, 1]);
    let assessed = stage(&pipeline, "assessed");
    let worth = json!([{ "amount": "1500.00", "currency": "USD" }]);
    assert_eq!((&assessed["value"], &assessed["cards"][0]["value"]), (&worth, &worth));
    let card = &assessed["cards"][0];
    assert_eq!(card["movable_to"], json!(["proposal", "lost"]));
    assert!(card["created_at"].as_str() < card["stage_since"].as_str(), "{card}");
    assert_eq!(card["open_human_tasks"], 0);
    // Once its invoice is void, what was agreed on is left.
    let invoice = first(owner, "/v1/invoices", "invoice_id").await;
    let void = json!({ "reason": "mistake" });
    owner.post(&format!("/v1/invoices/{invoice}/void"), &void).await.expect(200);
    let pipeline = owner.get("/v1/pipeline?text=COMPANY%201").await.expect(200);
    assert_eq!(stage(&pipeline, "assessed")["value"][0]["amount"], "2000.00");
    assert_eq!(stage(&pipeline, "intake")["count"], 0, "of another name");

    // The last moved first, a page at a time.
    let page = owner.get("/v1/pipeline?stage=intake&limit=1").await.expect(200);
    let intake = stage(&page, "intake");
    assert_eq!((page["stages"].as_array().unwrap().len(), &intake["count"]), (1, &json!(2)));
    assert_eq!(intake["cards"][0]["client_id"], json!(ids[3]));
    let cursor = intake["next_cursor"].as_str().unwrap();
    let next =
        owner.get(&format!("/v1/pipeline?stage=intake&limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(stage(&next, "intake")["cards"][0]["client_id"], json!(ids[1]));
    assert!(stage(&next, "intake")["next_cursor"].is_null());
    let refused = owner.get(&format!("/v1/pipeline?cursor={cursor}")).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/stage");
    program.stop().await;
}
