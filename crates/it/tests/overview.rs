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
    let sections = ["approvals", "reviews", "unclear_sends", "failed_runs", "alerts", "overdue"];
    for section in sections {
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
    let gist = &unclear["gist"][0];
    assert_eq!(gist["name"], "text", "{unclear}");
    assert!(gist["value"].as_str().unwrap().starts_with("New client: TechFlow"), "{unclear}");
    assert!(unclear["task"].is_string() && unclear["alert_id"].is_string(), "{unclear}");
    let failed = item("failed_runs");
    assert_eq!((&failed["run_id"], &failed["error"]), (&json!(failing), &json!("no luck")));
    let awaited = item("reviews");
    assert_eq!((today["reviews"]["count"].as_i64(), &awaited["lead_id"]), (Some(4), &json!(lead)));
    assert!(awaited["waits_since"].is_string() && awaited["ai_model"].is_string(), "{awaited}");
    for section in ["approvals", "reviews", "unclear_sends", "failed_runs"] {
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

    let of_client = owner.get(&format!("/v1/today?client_id={client}")).await.expect(200);
    for section in ["approvals", "reviews", "unclear_sends", "failed_runs", "overdue"] {
        assert_eq!(of_client[section], today[section], "{section}");
    }
    assert_eq!(of_client.get("alerts"), None);
    let nobody =
        owner.get("/v1/today?client_id=client_01h455vb4pex5vsknk084sn02q").await.expect(200);
    for section in ["approvals", "reviews", "unclear_sends", "failed_runs", "overdue"] {
        assert_eq!(nobody[section], json!({ "count": 0, "items": [] }), "{section}");
    }

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
    let review = format!("/v1/deliverables/{}/review", id("reviews", "deliverable_id"));
    let seen = &today["reviews"]["items"][0]["updated_at"];
    let approval = json!({ "decision": "approve", "seen_updated_at": seen });
    // Where it is linked is not what was read.
    let deliverable = review.trim_end_matches("/review");
    owner
        .put(&format!("{deliverable}/link"), &json!({ "external_id": "deliv_1" }))
        .await
        .expect(200);
    let approved = owner.put(&review, &approval).await.expect(200);
    assert_eq!(approved["status"], "approved");
    // Whoever looked before that does not overturn it unseen.
    let rejection = json!({ "decision": "reject", "note": "no", "seen_updated_at": seen });
    let late = owner.put(&review, &rejection).await.expect(409);
    assert_eq!(late["code"], "changed-meanwhile");
    let kept = owner.get(deliverable).await.expect(200);
    assert_eq!((&kept["status"], &kept["review_note"]), (&json!("approved"), &Value::Null));
    once(owner, "/v1/today", "nothing but the milestone and three texts waits", |today| {
        let counts = ["approvals", "reviews", "unclear_sends", "failed_runs", "overdue"];
        counts.map(|section| today[section]["count"].as_i64().unwrap()) == [0, 3, 0, 0, 1]
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

#[tokio::test(flavor = "multi_thread")]
async fn a_run_names_the_client_whom_it_is_about_to_those_who_may_read_clients() {
    let program = Program::start().await;
    let owner = &program.owner;
    let ids = clients(owner, 2).await;
    let waits = "  - hold: { wait: { hours: 1 } }";
    let about = start(owner, "about", waits, &json!({ "client_id": ids[1] })).await;
    start(owner, "nobody", waits, &json!({ "client_id": "client_01h455vb4pex5vsknk084sn02q" }))
        .await;

    let began = |list: &Value| list["items"][0]["status"] == "waiting";
    let listed = once(owner, "/v1/runs?flow=about", "it began", began).await;
    let client = owner.get(&format!("/v1/clients/{}", ids[1])).await.expect(200);
    let one = owner.get(&format!("/v1/runs/{about}")).await.expect(200);
    for run in [&listed["items"][0], &one] {
        assert_eq!(run["client_id"], json!(ids[1]));
        assert_eq!(run["company_name"], client["company_name"]);
    }
    let listed = once(owner, "/v1/runs?flow=nobody", "it began", began).await;
    assert!(listed["items"][0].get("client_id").is_none(), "there is no such client");

    let role = json!({ "permissions": ["read:runs"] });
    owner.put("/v1/roles/watcher", &role).await.expect(200);
    let body = json!({ "name": "watcher", "role": "watcher" });
    let token = owner.post("/v1/tokens", &body).await.expect(201);
    let watcher = program.stranger.with_token(token["token"].as_str());
    let seen = watcher.get(&format!("/v1/runs/{about}")).await.expect(200);
    assert_eq!(seen["flow"], "about");
    assert!(seen.get("client_id").is_none() && seen.get("company_name").is_none(), "{seen}");
    program.stop().await;
}

/// Every entry of a client's timeline, a few at a time.
async fn timeline(owner: &Client, client: &str, query: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/clients/{client}/timeline?limit=7{query}{cursor}");
        let page = owner.get(&path).await.expect(200);
        entries.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return entries,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_timeline_holds_everything_about_it_in_one_order_and_nothing_of_others() {
    let program = Program::start().await;
    let owner = &program.owner;
    let subscription =
        json!({ "url": "https://hooks.example.invalid/ours", "event_types": ["invoice.*"] });
    owner.post("/v1/webhook-subscriptions", &subscription).await.expect(201);
    let run = program.journey(&Intake::numbered(1)).await;
    let client = first(owner, "/v1/clients", "client_id").await;
    let lead = first(owner, "/v1/leads", "lead_id").await;
    project(owner, &lead).await;
    let invoice = first(owner, "/v1/invoices", "invoice_id").await;
    let paid = json!({ "payment_reference": "WIRE-1" });
    owner.post(&format!("/v1/invoices/{invoice}/pay"), &paid).await.expect(200);
    let asks = "  - ask: { call: approval.request, with: { title: Ours } }";
    start(owner, "asks", asks, &json!({ "lead_id": lead })).await;
    let asked =
        once(owner, "/v1/human-tasks", "somebody is asked", |list| list["items"][0].is_object());
    let asked = asked.await["items"][0]["human_task_id"].as_str().unwrap().to_owned();
    let decision = json!({ "decision": "approved" });
    owner.post(&format!("/v1/human-tasks/{asked}/decide"), &decision).await.expect(200);
    program.journey(&Intake::numbered(2)).await;
    // The journey, what the completed milestone started, and what was asked.
    let ended = format!("/v1/clients/{client}/timeline?kinds=run_ended");
    once(owner, &ended, "all runs ended", |page| page["items"].as_array().unwrap().len() == 3)
        .await;

    let all = timeline(owner, &client, "").await;
    let whole = owner.get(&format!("/v1/clients/{client}/timeline?limit=100")).await.expect(200);
    assert_eq!(Value::from(all.clone()), whole["items"], "a page at a time it is the same");
    let of = |kind: &str| all.iter().filter(|entry| entry["kind"] == kind).collect::<Vec<_>>();
    let calls = run["calls"].as_array().unwrap().len() + 1;
    assert_eq!(of("call").len(), calls, "of the journey, and of what was asked");
    let generated = of("call").into_iter().find(|call| call["function"] == "ai.generate").unwrap();
    assert!(generated["duration_ms"].is_number() && generated["ids"]["task"].is_string());
    assert!(generated["cost_micros"].is_number(), "{generated}");
    assert_eq!(of("webhook_received")[0]["ids"]["run_id"], run["run_id"]);
    assert!(of("webhook_received")[0]["ids"]["delivery_id"].is_string());
    assert_eq!((of("webhook_sent").len(), of("webhook_received").len()), (2, 1));
    assert_eq!((of("run_started").len(), of("run_ended").len()), (3, 3));
    let invoices: Vec<&Value> = of("invoice").iter().map(|entry| &entry["title"]).collect();
    let titles = ["The invoice INV-000001 was paid", "The invoice INV-000001 was issued"];
    assert_eq!(invoices, titles);
    assert_eq!(of("human_task_asked")[0]["ids"]["human_task_id"], json!(asked));
    assert_eq!(of("human_task_ended")[0]["title"], "“Ours” was approved");
    let types: Vec<&Value> = of("event").iter().map(|entry| &entry["status"]).collect();
    for kind in [
        "client.created",
        "lead.created",
        "deliverable.saved",
        "project.created",
        "milestone.completed",
    ] {
        assert!(types.contains(&&json!(kind)), "{kind} in {types:?}");
    }
    assert_eq!(
        of("event").last().unwrap()["ids"]["position"].as_i64().map(|it| 0 < it),
        Some(true)
    );
    // The oldest is what began it all; times never rise.
    assert_eq!(all.last().unwrap()["kind"], "webhook_received");
    let moment =
        |entry: &Value| entry["at"].as_str().unwrap().parse::<kernel::Timestamp>().unwrap();
    assert!(all.windows(2).all(|pair| moment(&pair[1]) <= moment(&pair[0])));

    let some = timeline(owner, &client, "&kinds=run_ended,invoice").await;
    assert_eq!(some.len(), 5, "{some:#?}");
    let nobody = owner.get(&format!("/v1/clients/{client}/timeline?kinds=calls")).await;
    assert_eq!(nobody.status, 422);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_search_finds_things_by_name_number_type_and_the_beginning_of_an_id() {
    let program = Program::start().await;
    let owner = &program.owner;
    let run = program.journey(&Intake::numbered(1)).await;
    let lead = first(owner, "/v1/leads", "lead_id").await;
    project(owner, &lead).await;
    let found = async |who: &Client, text: &str| -> Vec<(String, String)> {
        let answer = who.get(&format!("/v1/search?text={text}")).await.expect(200);
        let items = answer["items"].as_array().unwrap().clone();
        let field = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        items.iter().map(|item| (field(item, "kind"), field(item, "id"))).collect()
    };
    let kinds =
        |found: &[(String, String)]| found.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&found(owner, "tECHflow").await), ["client", "lead", "project", "invoice"]);
    assert_eq!(kinds(&found(owner, "websi").await), ["project"]);
    assert_eq!(kinds(&found(owner, "inv-1").await), ["invoice"]);
    let runs = found(owner, "onboarding").await;
    assert_eq!(runs, [("run".to_owned(), run["run_id"].as_str().unwrap().to_owned())]);
    assert_eq!(kinds(&found(owner, "invoice.iss").await), ["event"]);
    assert_eq!(found(owner, "nobody").await, []);

    // Whatever the id, its beginning finds it.
    for (path, field, kind) in [
        ("/v1/clients", "client_id", "client"),
        ("/v1/leads", "lead_id", "lead"),
        ("/v1/projects", "project_id", "project"),
        ("/v1/invoices", "invoice_id", "invoice"),
        ("/v1/deliverables", "deliverable_id", "deliverable"),
        ("/v1/runs", "run_id", "run"),
        ("/v1/webhooks", "delivery_id", "webhook"),
    ] {
        let id = first(owner, path, field).await;
        let begin = id.split_at(id.len() - 3).0;
        let it = found(owner, begin).await;
        assert!(it.contains(&(kind.to_owned(), id.clone())), "{begin} finds {it:?}");
    }
    let events = owner.get("/v1/events?limit=1").await.expect(200);
    let event = events["items"][0]["event"]["id"].as_str().unwrap();
    assert_eq!(found(owner, event).await, [("event".to_owned(), event.to_owned())]);

    // A partner reads leads of its own source, and nothing else.
    let partner = program.client("partner").await;
    assert_eq!(found(&partner, "techflow").await, []);
    assert_eq!(found(&partner, &lead).await, []);
    program.stop().await;
}

/// How many clients one tenant has in the test of large lists.
const MANY: usize = 10_000;
/// What a list of that many may take, with room for a busy machine: alone it takes a tenth of it.
const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clients_are_listed_filtered_and_shown_by_stage_without_a_wait() {
    let program = Program::start().await;
    let owner = &program.owner;
    let tenant = program.tenant.uuid();
    let made = format!(
        "insert into crm.client (tenant_id, client_id, company_name, email, email_norm, stage, stage_since, created_at, updated_at)
         select '{tenant}', gen_random_uuid(), 'Company ' || n, 'c' || n || '@x.example', 'c' || n || '@x.example',
                (array['intake', 'assessed', 'proposal', 'contract', 'paid', 'delivered', 'lost'])[1 + n % 7],
                now() - n * interval '1 minute', now() - n * interval '1 hour', now() - n * interval '1 second'
         from generate_series(1, {MANY}) as n; analyze crm.client"
    );
    let mut superuser = program.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(made)).execute(&mut superuser).await.unwrap();
    for path in [
        "/v1/clients",
        "/v1/clients?sort=updated&limit=100",
        "/v1/clients?sort=name&limit=100",
        "/v1/clients?stage=paid,lost&sort=name",
        "/v1/clients?text=company%209999",
        "/v1/clients?text=nobody&stage=paid",
        "/v1/pipeline",
        "/v1/pipeline?text=company%2099",
        "/v1/search?text=company%209999",
        "/v1/today",
    ] {
        owner.get(path).await.expect(200);
        let begin = std::time::Instant::now();
        owner.get(path).await.expect(200);
        let taken = begin.elapsed();
        println!("{path}: {taken:?}");
        assert!(taken < PATIENCE, "{path} took {taken:?}");
    }

    let names = async |query: &str| -> Vec<String> {
        let list = owner.get(&format!("/v1/clients?{query}")).await.expect(200);
        let items = list["items"].as_array().unwrap();
        items.iter().map(|it| it["company_name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("sort=updated&limit=2").await, ["Company 1", "Company 2"]);
    assert_eq!(names("sort=name&limit=2").await, ["Company 1", "Company 10"]);
    assert_eq!(names("text=PANY%209999").await, ["Company 9999"]);
    assert_eq!(
        names("stage=assessed,proposal&sort=updated&limit=3").await,
        ["Company 1", "Company 2", "Company 8"]
    );
    for sort in ["created", "updated", "name"] {
        let (mut seen, mut cursor) = (std::collections::HashSet::new(), String::new());
        for _ in 0..3 {
            let page =
                owner.get(&format!("/v1/clients?limit=100&sort={sort}{cursor}")).await.expect(200);
            for item in page["items"].as_array().unwrap() {
                assert!(
                    seen.insert(item["client_id"].as_str().unwrap().to_owned()),
                    "twice by {sort}"
                );
            }
            cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
        }
        assert_eq!(seen.len(), 300, "{sort}");
        let foreign = owner.get(&format!("/v1/clients?sort=updated{cursor}")).await;
        assert_eq!(foreign.status, if sort == "name" { 422 } else { 200 });
    }
    program.stop().await;
}
