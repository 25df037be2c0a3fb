//! Projects, milestones and invoices: each made once, in one order, by whoever asks how often.

use futures::future::join_all;
use it::{Client, Program};
use serde_json::{Value, json};

async fn lead(owner: &Client) -> String {
    let body = json!({
        "source": "website", "company_name": "TechFlow", "intake": {},
        "contact_email": "john@techflow.example", "external_lead_id": "lead_abc123",
    });
    let lead = owner.post("/v1/leads", &body).await.expect(201);
    lead["lead_id"].as_str().unwrap().to_owned()
}

fn project(lead: &str) -> Value {
    json!({
        "lead_id": lead,
        "name": "Full Branding Package",
        "services": ["branding", "website"],
        "milestones": [
            { "name": "Website Launched", "target_date": "2027-02-01", "amount": "9000" },
            { "name": "Brand Strategy", "target_date": "2026-12-01", "deliverables": ["Guidelines"] },
        ],
    })
}

async fn events(owner: &Client, kind: &str) -> Vec<Value> {
    let wanted = |item: &Value| item["event"]["type"] == kind;
    it::wait_until("the event has its place", std::time::Duration::from_secs(20), async || {
        let page = owner.get("/v1/events?limit=100").await.expect(200);
        let all = page["items"].as_array().unwrap();
        let found: Vec<Value> =
            all.iter().filter(|item| wanted(item)).map(|item| item["event"].clone()).collect();
        (!found.is_empty()).then_some(found)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_has_one_project_of_each_name_however_often_it_is_created() {
    let program = Program::start().await;
    let lead = lead(&program.owner).await;
    let ours = project(&lead);
    let mut theirs = ours.clone();
    theirs.as_object_mut().unwrap().remove("lead_id");
    theirs["external_lead_id"] = json!("lead_abc123");
    let bodies: Vec<&Value> = (0..10).flat_map(|_| [&ours, &theirs]).collect();
    let answers =
        join_all(bodies.iter().map(|body| program.owner.post("/v1/projects", body))).await;
    let first = answers.iter().find(|answer| answer.status == 201).unwrap().json();
    for answer in &answers {
        assert!([200, 201].contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.json()["project_id"], first["project_id"]);
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!((&first["company_name"], &first["status"]), (&json!("TechFlow"), &json!("planned")));
    let names: Vec<&Value> =
        first["milestones"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["Brand Strategy", "Website Launched"], "in the order they are due");
    let found = program.owner.get("/v1/projects?external_lead_id=lead_abc123").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(events(&program.owner, "project.created").await.len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_status_changes_nothing_and_says_so() {
    let program = Program::start().await;
    let owner = &program.owner;
    let made = owner.post("/v1/projects", &project(&lead(owner).await)).await.expect(201);
    let path = format!("/v1/projects/{}/status", made["project_id"].as_str().unwrap());
    let change = |status: &str, at: &str| json!({ "status": status, "occurred_at": at });
    let newer = json!({
        "status": "contract_signed", "payment_status": "deposit_received", "amount_paid": 15000.00,
        "occurred_at": "2026-11-15T14:00:00Z",
    });
    let newer = owner.send("PATCH", &path, &[], Some(&newer)).await.expect(200);
    assert_eq!((&newer["applied"], &newer["old_status"]), (&json!(true), &json!("planned")));
    assert_eq!(newer["amount_paid"], json!({ "amount": "15000.00", "currency": "USD" }));
    let older = change("proposal_sent", "2026-11-15T13:59:59Z");
    let older = owner.send("PATCH", &path, &[], Some(&older)).await.expect(200);
    assert_eq!((&older["applied"], &older["status"]), (&json!(false), &json!("contract_signed")));
    let told = events(owner, "project.status.changed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["source"], "delivery");
    assert_eq!(told[0]["data"]["new_status"], "contract_signed");
    assert_eq!(told[0]["data"]["external_lead_id"], "lead_abc123");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_is_completed_once_and_invoiced_once() {
    let program = Program::start().await;
    let owner = &program.owner;
    let made = owner.post("/v1/projects", &project(&lead(owner).await)).await.expect(201);
    let path = format!("/v1/projects/{}/milestones/complete", made["project_id"].as_str().unwrap());
    let done = json!({
        "milestone": "Brand Strategy", "trigger_invoice": true, "invoice_amount": 15000.50,
        "completion_percentage": 35, "next_steps": "Wireframes",
        "deliverables_ready": [{ "name": "Guidelines", "url": "https://a.example/g.pdf", "type": "pdf" }],
    });
    let answers = join_all((0..20).map(|_| owner.post(&path, &done))).await;
    let first = answers[0].expect(200);
    for answer in &answers {
        assert_eq!(answer.expect(200), first, "all are answered alike");
    }
    let invoice = &first["invoice"];
    assert_eq!(invoice["number"], "INV-000001");
    assert_eq!(invoice["amount"], json!({ "amount": "15000.50", "currency": "USD" }));
    assert_eq!(first["milestone"]["invoice_id"], invoice["invoice_id"]);
    assert_eq!(first["project"]["completion_percentage"], 35);
    assert_eq!(events(owner, "milestone.completed").await.len(), 1);
    assert_eq!(events(owner, "invoice.issued").await.len(), 1);

    let wrong = json!({ "milestone": "Logo", "trigger_invoice": true });
    let wrong = owner.post(&path, &wrong).await.expect(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/milestone");
    let cents = json!({ "milestone": "Website Launched", "trigger_invoice": true, "invoice_amount": "1.005" });
    let cents = owner.post(&path, &cents).await.expect(422);
    assert_eq!(cents["errors"][0]["pointer"], "/invoice_amount");
    // What was refused took no number.
    let next = json!({ "milestone": "Website Launched", "trigger_invoice": true });
    let next = owner.post(&path, &next).await.expect(200);
    assert_eq!(next["invoice"]["number"], "INV-000002");
    assert_eq!(next["invoice"]["amount"]["amount"], "9000.00");

    let invoice = format!("/v1/invoices/{}", invoice["invoice_id"].as_str().unwrap());
    let paid = json!({ "payment_reference": "WIRE-1" });
    assert_eq!(owner.post(&format!("{invoice}/pay"), &paid).await.expect(200)["status"], "paid");
    assert_eq!(
        owner.post(&format!("{invoice}/pay"), &paid).await.status,
        200,
        "it is the same payment"
    );
    let other = json!({ "payment_reference": "WIRE-2" });
    assert_eq!(
        owner.post(&format!("{invoice}/pay"), &other).await.expect(409)["code"],
        "invoice-settled"
    );
    let void = json!({ "reason": "mistake" });
    assert_eq!(
        owner.post(&format!("{invoice}/void"), &void).await.expect(409)["code"],
        "invoice-settled"
    );
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_the_invoice_system_keeps_is_invoiced_there_and_not_here() {
    let program = Program::start().await;
    let owner = &program.owner;
    let made = owner.post("/v1/projects", &project(&lead(owner).await)).await.expect(201);
    let path = format!("/v1/projects/{}", made["project_id"].as_str().unwrap());
    let link = json!({ "external_project_id": "proj_xyz789", "slack_thread": "171.001" });
    owner.put(&format!("{path}/link"), &link).await.expect(200);
    let done = json!({ "milestone": "Website Launched", "trigger_invoice": true });
    let done = owner.post(&format!("{path}/milestones/complete"), &done).await.expect(200);
    assert!(done["invoice"].is_null() && done["milestone"]["triggers_invoice"] == true);
    let told = events(owner, "milestone.completed").await;
    assert_eq!(told[0]["data"]["external_project_id"], "proj_xyz789");
    assert_eq!(told[0]["data"]["invoice_amount"]["amount"], "9000.00");
    assert_eq!(owner.get("/v1/invoices").await.expect(200)["items"], json!([]));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_a_pdf_that_says_whether_it_is_owed_and_opens_by_its_link() {
    let program = Program::start().await;
    let owner = &program.owner;
    let made = owner.post("/v1/projects", &project(&lead(owner).await)).await.expect(201);
    let path = format!("/v1/projects/{}/milestones/complete", made["project_id"].as_str().unwrap());
    let done = json!({ "milestone": "Website Launched", "trigger_invoice": true });
    let invoice = owner.post(&path, &done).await.expect(200)["invoice"].clone();
    let path = format!("/v1/invoices/{}", invoice["invoice_id"].as_str().unwrap());
    let pdf = async || {
        let answer = owner.get(&format!("{path}/pdf")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"));
        assert!(answer.body.starts_with(b"%PDF-"));
        answer
    };
    let issued = pdf().await;
    assert_eq!(
        issued.header("content-disposition"),
        "attachment; filename=\"inv-000001-techflow.pdf\"; filename*=UTF-8''inv-000001-techflow.pdf"
    );
    assert_eq!(issued.body, pdf().await.body, "the same invoice is the same file");
    let url = invoice["pdf_url"].as_str().unwrap();
    let link = url.strip_prefix(&format!("http://{}", program.node.address)).unwrap();
    let opened = program.stranger.get(link).await;
    assert_eq!((opened.status, &opened.body), (200, &issued.body));
    // The same id and key of another kind open nothing.
    let other = link.replace("/invoices/", "/proposals/");
    assert_eq!(program.stranger.get(&other).await.expect(403)["code"], "link-invalid");

    owner.post(&format!("{path}/void"), &json!({ "reason": "mistake" })).await.expect(200);
    assert_ne!(pdf().await.body, issued.body, "a void one says so");
    let shown = owner.get("/v1/invoices").await.expect(200);
    assert_eq!(shown["items"][0]["pdf_url"], invoice["pdf_url"]);
    program.stop().await;
}
