//! The invoice system that we play for an assistant: its five endpoints, as the contract has them.

use futures::future::join_all;
use it::{Answer, Client, Program};
use serde_json::{Value, json};

/// One of each type, by the names that assistants use.
const TYPES: [&str; 4] = ["branding_strategy", "website", "social_strategy", "copywriting"];

fn lead() -> Value {
    json!({
        "source": "mwd_assistant_intake",
        "company_name": "TechFlow Solutions",
        "contact_name": "John Smith",
        "contact_email": "john@techflow.example",
        "phone": "+1-555-0123",
        "industry": "B2B SaaS",
        "budget": "$50,000 - $75,000",
        "services_requested": ["Branding", "Website Design"],
        "agent_assessment": {
            "complexity_score": 8, "estimated_hours": 120, "recommended_package": "premium",
            "ai_generated_summary": "Enterprise client <b>seeking</b> a brand.",
        },
        "intake_form_data": { "timeline": "3-4 months" },
    })
}

fn deliverable(kind: &str, markdown: &str) -> Value {
    json!({
        "deliverable_type": kind,
        "generated_at": "2026-11-15T11:00:00Z",
        "ai_model": "claude-sonnet-4.5",
        "content": { "brand_positioning": "For teams." },
        "formatted_output": { "markdown": markdown, "pdf_url": "https://storage.example/a.pdf" },
        "tokens_used": { "input": 1250, "output": 3840, "cost": 0.12 },
    })
}

fn project(lead: &str) -> Value {
    json!({
        "lead_id": lead,
        "project_name": "Full Branding Package",
        "services": ["branding", "website"],
        "estimated_completion": "2027-03-15",
        "agent_workspace": {
            "notion_project_url": "https://notion.so/techflow", "slack_channel": "#client-techflow",
        },
        "milestones": [{
            "name": "Brand Strategy Completed", "target_date": "2026-12-01",
            "deliverables": ["Brand Guidelines PDF"],
        }],
    })
}

fn report() -> Value {
    json!({
        "status": "branding_complete",
        "completion_percentage": 35,
        "milestone_completed": "Brand Strategy Completed",
        "deliverables_ready": [{ "name": "Guidelines", "url": "https://a.example/g.pdf", "type": "pdf" }],
        "next_steps": "Website design wireframes - starting Monday",
        "trigger_invoice": true,
        "invoice_amount": 15000.00,
        "invoice_description": "Milestone 1: Brand Strategy & Guidelines",
    })
}

async fn submit(assistant: &Client, body: &Value) -> (u16, String) {
    let answer = assistant.post("/api/v1/leads", body).await;
    assert!(answer.status < 300, "{}", answer.text());
    (answer.status, answer.json()["lead_id"].as_str().unwrap().to_owned())
}

async fn attach(assistant: &Client, lead: &str, body: &Value) -> Answer {
    assistant.put(&format!("/api/v1/leads/{lead}/deliverables"), body).await
}

async fn kinds(owner: &Client, wanted: usize) -> Vec<String> {
    it::wait_until("the events have their places", std::time::Duration::from_secs(20), async || {
        let page = owner.get("/v1/events?limit=100").await.expect(200);
        let all: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["event"]["type"].as_str().unwrap().to_owned())
            .collect();
        (wanted <= all.len()).then_some(all)
    })
    .await
}

fn times(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|it| *it == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_goes_through_all_five_endpoints() {
    let program = Program::start().await;
    let (owner, assistant) = (&program.owner, program.client("partner").await);

    let made = assistant.post("/api/v1/leads", &lead()).await.expect(201);
    let id = made["lead_id"].as_str().unwrap();
    assert_eq!(made["success"], true);
    assert!(made["lead_url"].as_str().unwrap().ends_with(&format!("/v1/leads/{id}")));
    assert!(
        made["lead_url"].as_str().unwrap().starts_with("http") && made["created_at"].is_string()
    );
    let kept = owner.get(&format!("/v1/leads/{id}")).await.expect(200);
    assert_eq!(kept["agent_generated"], true);
    assert_eq!(kept["intake_source"], "mwd_assistant_intake");
    assert_eq!((&kept["ai_assessment_score"], &kept["complexity_score"]), (&json!(8), &json!(8)));
    assert_eq!(kept["intake"]["budget"], "$50,000 - $75,000");

    for (index, kind) in TYPES.iter().enumerate() {
        let answer = attach(&assistant, id, &deliverable(kind, "# Plan")).await.expect(200);
        assert_eq!((&answer["success"], &answer["lead_updated"]), (&json!(true), &json!(true)));
        assert_eq!(answer["proposal_ready"], index == 3, "{kind}");
        assert_eq!(answer["proposal_url"].is_string(), index == 3, "{kind}");
    }
    let again = attach(&assistant, id, &deliverable("website_plan", "# Plan")).await.expect(200);
    assert_eq!(again["proposal_ready"], true);
    let kept = owner.get(&format!("/v1/deliverables?lead_id={id}")).await.expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 4, "one of each type");
    assert_eq!(kept["items"][0]["status"], "pending_review");
    assert_eq!(kept["items"][0]["tokens_used"]["cost"], 0.12);

    let sale = json!({ "status": "contract_signed", "payment_status": "deposit_received", "amount_paid": "15000" });
    owner.send("PATCH", &format!("/v1/leads/{id}/status"), &[], Some(&sale)).await.expect(200);
    let team =
        json!({ "assigned_team": ["designer_jane"], "custom_fields": { "brand": "Modern" } });
    owner.send("PATCH", &format!("/v1/leads/{id}"), &[], Some(&team)).await.expect(200);

    let first = assistant.post("/api/v1/projects", &project(id)).await.expect(201);
    let second = assistant.post("/api/v1/projects", &project(id)).await.expect(200);
    assert_eq!(first["project_id"], second["project_id"]);
    let kept = owner.get(&format!("/v1/projects/{}", first["project_id"].as_str().unwrap())).await;
    let kept = kept.expect(200);
    assert_eq!(
        (&kept["status"], &kept["payment_status"]),
        (&json!("contract_signed"), &json!("deposit_received"))
    );
    assert_eq!(kept["slack_channel"], "#client-techflow");

    let path = format!("/api/v1/projects/{}/status", first["project_id"].as_str().unwrap());
    let done = assistant.send("PATCH", &path, &[], Some(&report())).await.expect(200);
    assert_eq!(done["status"], "branding_complete");
    assert_eq!(done["invoice_number"], "INV-000001");
    let progress = json!({ "completion_percentage": 40 });
    let progress = assistant.send("PATCH", &path, &[], Some(&progress)).await.expect(200);
    assert!(progress["invoice_id"].is_null() && progress.get("invoice_url").is_some());

    let shown = assistant.get(&format!("/api/v1/leads/{id}")).await.expect(200);
    assert_eq!(shown["contact_info"]["email"], "john@techflow.example");
    assert_eq!(
        (&shown["contract_status"], &shown["payment_status"]),
        (&json!("signed"), &json!("deposit_received"))
    );
    assert_eq!(shown["assigned_team"], json!(["designer_jane"]));
    assert_eq!(shown["custom_fields"], json!({ "brand": "Modern" }));
    assert_eq!(shown["intake_data"]["timeline"], "3-4 months");

    // What the assistant did itself is not told to it.
    let kinds = kinds(owner, 22).await;
    assert_eq!(times(&kinds, "project.status.changed"), 1, "{kinds:?}");
    assert_eq!(times(&kinds, "project.updated"), 2, "{kinds:?}");
    assert_eq!(times(&kinds, "milestone.completed"), 0, "{kinds:?}");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_found_again_by_reference_by_id_and_by_address() {
    let program = Program::start().await;
    let assistant = program.client("partner").await;
    let with = |more: Value| {
        let mut body = lead();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let referred = with(json!({ "external_ref": "agent-7" }));
    let answers = join_all((0..10).map(|_| submit(&assistant, &referred))).await;
    let id = answers[0].1.clone();
    assert!(answers.iter().all(|(_, it)| *it == id), "{answers:?}");
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");

    let elsewhere = json!({ "contact_email": "other@techflow.example", "external_ref": "agent-7" });
    assert_eq!(submit(&assistant, &with(elsewhere)).await, (200, id.clone()));
    let named = json!({ "contact_email": "third@techflow.example", "lead_id": id });
    assert_eq!(submit(&assistant, &with(named)).await, (200, id.clone()));
    let address = json!({ "contact_email": "John@TechFlow.example" });
    assert_eq!(submit(&assistant, &with(address)).await, (200, id.clone()));
    let new = json!({ "contact_email": "new@techflow.example", "lead_id": "lead_abc123" });
    let (status, other) = submit(&assistant, &with(new)).await;
    assert!(status == 201 && other != id);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_reports_of_a_milestone_at_once_make_one_invoice() {
    let program = Program::start().await;
    let (owner, assistant) = (&program.owner, program.client("partner").await);
    let (_, lead) = submit(&assistant, &lead()).await;
    let made = assistant.post("/api/v1/projects", &project(&lead)).await.expect(201);
    let path = format!("/api/v1/projects/{}/status", made["project_id"].as_str().unwrap());
    let body = report();
    let answers = join_all((0..20).map(|_| assistant.send("PATCH", &path, &[], Some(&body)))).await;
    let first = answers[0].expect(200);
    assert!(first["invoice_id"].is_string());
    for answer in &answers {
        assert_eq!(answer.expect(200), first);
    }
    let invoices = owner.get("/v1/invoices").await.expect(200);
    assert_eq!(invoices["items"].as_array().unwrap().len(), 1);
    assert_eq!(invoices["items"][0]["amount"], json!({ "amount": "15000.00", "currency": "USD" }));

    // Under one key the first answer is given again, to the byte.
    let key = [("idempotency-key", "1b4e28ba-2fa1-11d2-883f-0016d3cca427")];
    let once = assistant.send("PATCH", &path, &key, Some(&body)).await;
    let twice = assistant.send("PATCH", &path, &key, Some(&body)).await;
    assert_eq!((twice.text(), twice.header("idempotency-replayed")), (once.text(), "true"));
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_deliverables_attached_at_once_make_one_proposal() {
    let program = Program::start().await;
    let assistant = program.client("partner").await;
    let (_, lead) = submit(&assistant, &lead()).await;
    let bodies: Vec<Value> = TYPES.iter().map(|kind| deliverable(kind, "# Plan")).collect();
    let answers = join_all(bodies.iter().map(|body| attach(&assistant, &lead, body))).await;
    let ready =
        answers.iter().filter(|answer| answer.expect(200)["proposal_ready"] == true).count();
    assert_eq!(ready, 1, "the last one sees the others");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_shows_what_strangers_wrote_and_runs_none_of_it() {
    let program = Program::start().await;
    let (owner, assistant) = (&program.owner, program.client("partner").await);
    let (_, lead) = submit(&assistant, &lead()).await;
    let evil = "# Brand\n\nWe <script>alert(1)</script> **bold** [x](javascript:alert(1))";
    let mut url = String::new();
    for kind in TYPES {
        let answer = attach(&assistant, &lead, &deliverable(kind, evil)).await.expect(200);
        url = answer["proposal_url"].as_str().unwrap_or_default().to_owned();
    }
    let path = url.find("/proposals/").map(|at| url.split_at(at).1).unwrap();
    let page = program.stranger.get(path).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let html = page.text();
    assert!(
        html.contains("Proposal for TechFlow Solutions") && html.contains("<strong>bold</strong>")
    );
    assert!(html.contains("&lt;script&gt;") && html.contains("&lt;b&gt;seeking"), "{html}");
    assert!(!html.contains("<script") && !html.contains("javascript:"), "{html}");
    assert!(html.contains("href=\"https://storage.example/a.pdf\""));
    let link = html.split("href=\"").find(|it| it.starts_with("/files/proposals/")).unwrap();
    let link = link.split('"').next().unwrap().to_owned();
    let pdf = program.stranger.get(&link).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, "application/pdf"), "{link}");
    assert!(pdf.header("content-disposition").contains("proposal-techflow-solutions.pdf"));
    let shown = owner.get(&format!("/v1/leads/{lead}/proposal")).await.expect(200);
    assert!(shown["pdf_url"].as_str().unwrap().ends_with(&link), "{shown}");
    assert_eq!(program.stranger.get("/proposals/proposal.css").await.status, 200);
    assert_eq!(program.stranger.get(&format!("/proposals/{}", "A".repeat(43))).await.status, 404);

    // What was rejected is not shown, and no longer counts.
    let kept =
        owner.get(&format!("/v1/deliverables?lead_id={lead}&type=copywriting")).await.expect(200);
    let review =
        format!("/v1/deliverables/{}/review", kept["items"][0]["deliverable_id"].as_str().unwrap());
    let unexplained = owner.put(&review, &json!({ "decision": "reject" })).await.expect(422);
    assert_eq!(unexplained["errors"][0]["pointer"], "/note");
    let reject = json!({ "decision": "reject", "note": "Not our voice" });
    assert_eq!(owner.put(&review, &reject).await.expect(200)["status"], "rejected");
    assert!(!program.stranger.get(path).await.text().contains("Copywriting"));
    assert_eq!(assistant.put(&review, &reject).await.status, 403, "only people review");
    let repeated = attach(&assistant, &lead, &deliverable("copywriting", evil)).await.expect(200);
    assert_eq!(repeated["proposal_ready"], false, "a repeated request does not undo a review");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_is_told_which_fields_are_wrong() {
    let program = Program::start().await;
    let assistant = program.client("partner").await;
    let mut wrong = lead();
    wrong["contact_email"] = json!("[email protected]");
    wrong["agent_assessment"]["complexity_score"] = json!(11);
    wrong.as_object_mut().unwrap().remove("company_name");
    let refused = assistant.post("/api/v1/leads", &wrong).await;
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let refused = refused.expect(422);
    let mut fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["pointer"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["/agent_assessment/complexity_score", "/company_name", "/contact_email"]);
    assert_eq!((&refused["success"], &refused["error"]), (&json!(false), &refused["detail"]));

    let (_, lead) = submit(&assistant, &lead()).await;
    let made = assistant.post("/api/v1/projects", &project(&lead)).await.expect(201);
    let path = format!("/api/v1/projects/{}/status", made["project_id"].as_str().unwrap());
    for (change, field) in [
        (json!({ "milestone_completed": null }), "/milestone_completed"),
        (json!({ "milestone_completed": "Logo" }), "/milestone_completed"),
        (json!({ "invoice_amount": null }), "/invoice_amount"),
        (json!({ "invoice_amount": 0 }), "/invoice_amount"),
        (json!({ "invoice_amount": 1.005 }), "/invoice_amount"),
        (json!({ "invoice_amount": -1 }), "/invoice_amount"),
        (json!({ "completion_percentage": 101 }), "/completion_percentage"),
        (json!({ "status": "x".repeat(51) }), "/status"),
    ] {
        let mut body = report();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = assistant.send("PATCH", &path, &[], Some(&body)).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], field, "{change} {refused}");
    }
    // Nothing of what was refused happened.
    let kept = program.owner.get("/v1/projects").await.expect(200);
    assert_eq!(kept["items"][0]["completion_percentage"], 0);
    // Ids of other systems name nothing here.
    for path in ["/api/v1/leads/lead_abc123", "/api/v1/leads/proj_xyz"] {
        let missing = assistant.get(path).await.expect(404);
        assert_eq!(missing["success"], false);
    }
    let missing =
        assistant.send("PATCH", "/api/v1/projects/proj_xyz789/status", &[], Some(&report())).await;
    assert_eq!(missing.expect(404)["code"], "not-found");
    assert_eq!(
        program.stranger.post("/api/v1/leads", &json!({})).await.expect(401)["success"],
        false
    );
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistants_token_makes_a_hundred_requests_a_minute_and_nothing_else_of_the_tenant() {
    let program = Program::start().await;
    let body = json!({ "name": "assistant", "role": "partner" });
    let token = program.owner.post("/v1/tokens", &body).await.expect(201);
    let assistant = program.stranger.with_token(token["token"].as_str());
    for path in ["/v1/clients", "/v1/projects", "/v1/invoices", "/v1/deliverables", "/v1/tokens"] {
        assert_eq!(assistant.get(path).await.status, 403, "{path}");
    }
    for _ in 5..100 {
        assert_eq!(assistant.get("/api/v1/leads/lead_none").await.status, 404);
    }
    let refused = assistant.get("/api/v1/leads/lead_none").await;
    assert!(!refused.header("retry-after").is_empty());
    let refused = refused.expect(429);
    assert_eq!(
        (&refused["code"], &refused["success"]),
        (&json!("too-many-requests"), &json!(false))
    );
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_sale_is_told_as_the_contracts_webhook() {
    let program = Program::start().await;
    let (owner, assistant) = (&program.owner, program.client("partner").await);
    let (_, lead) = submit(&assistant, &lead()).await;
    let path = format!("/v1/leads/{lead}/status");
    let sent = json!({ "status": "proposal_sent" });
    owner.send("PATCH", &path, &[], Some(&sent)).await.expect(200);
    assert_eq!(owner.get("/v1/clients").await.expect(200)["items"][0]["stage"], "proposal");
    let signed = json!({
        "status": "contract_signed", "payment_status": "deposit_received", "amount_paid": 15000.00,
        "next_milestone": "branding_kickoff",
    });
    owner.send("PATCH", &path, &[], Some(&signed)).await.expect(200);
    owner.send("PATCH", &path, &[], Some(&signed)).await.expect(200);
    let mut payloads = Vec::new();
    it::wait_until("both are told", std::time::Duration::from_secs(20), async || {
        let kinds = kinds(owner, 1).await;
        (times(&kinds, "project.status.changed") == 2).then_some(())
    })
    .await;
    let page = owner.get("/v1/events?limit=100").await.expect(200);
    let mut tx = program.node.app.db.tenant(program.tenant).await.unwrap();
    for item in page["items"].as_array().unwrap() {
        let event: kernel::Event = serde_json::from_value(item["event"].clone()).unwrap();
        let payload = domain::partners::invoice_system::payload(&mut tx, &event).await.unwrap();
        payloads.extend(payload.map(|payload| (event, payload)));
    }
    tx.commit().await.unwrap();
    assert_eq!(payloads.len(), 2, "nothing changed the third time");
    let (event, body) = &payloads[1];
    assert_eq!(body["event_id"], json!(event.id));
    assert_eq!(body["event_type"], "project.status.changed");
    assert_eq!(
        body["project_data"],
        json!({
            "project_id": null, "lead_id": lead, "company_name": "TechFlow Solutions",
            "old_status": "proposal_sent", "new_status": "contract_signed",
            "payment_status": "deposit_received", "amount_paid": 15000.0,
            "next_milestone": "branding_kickoff",
        })
    );
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_does_what_the_business_lets_it_do_and_no_more() {
    let program = Program::start().await;
    let (owner, assistant) = (&program.owner, program.client("partner").await);
    let (_, known) = submit(&assistant, &lead()).await;
    allow(&program, true, false, false).await;

    assert_eq!(submit(&assistant, &lead()).await, (200, known.clone()), "there is one to work on");
    let mut new = lead();
    new["contact_email"] = json!("new@techflow.example");
    assert_eq!(
        assistant.post("/api/v1/leads", &new).await.expect(409)["code"],
        "lead-creation-off"
    );
    assert_eq!(owner.get("/v1/clients").await.expect(200)["items"].as_array().unwrap().len(), 1);

    for kind in TYPES {
        let kept = attach(&assistant, &known, &deliverable(kind, "# Plan")).await.expect(200);
        assert_eq!(
            (&kept["lead_updated"], &kept["proposal_ready"]),
            (&json!(false), &json!(false))
        );
    }
    assert_eq!(owner.get(&format!("/v1/leads/{known}/proposal")).await.status, 404);
    let kept = owner.get(&format!("/v1/deliverables?lead_id={known}")).await.expect(200);
    for item in kept["items"].as_array().unwrap() {
        let review =
            format!("/v1/deliverables/{}/review", item["deliverable_id"].as_str().unwrap());
        owner.put(&review, &json!({ "decision": "approve" })).await.expect(200);
    }
    assert_eq!(owner.get(&format!("/v1/leads/{known}/proposal")).await.status, 200);

    allow(&program, false, true, true).await;
    let refused = assistant.get(&format!("/api/v1/leads/{known}")).await;
    assert_eq!(refused.expect(403)["code"], "integration-disabled");
    program.stop().await;
}

/// What the settings of the assistant's connection would allow.
async fn allow(program: &Program, enabled: bool, create: bool, attach: bool) {
    let set = sqlx::query(
        "insert into partners.assistant_policy
             (tenant_id, is_enabled, auto_create_leads, auto_attach_deliverables, updated_at)
         values ($1, $2, $3, $4, now())
         on conflict (tenant_id) do update set is_enabled = $2, auto_create_leads = $3,
             auto_attach_deliverables = $4",
    );
    let set = set.bind(program.tenant.uuid()).bind(enabled).bind(create).bind(attach);
    set.execute(&mut program.superuser().await).await.unwrap();
}
