//! The flows that follow a project: what the invoice system tells of it, and what is told back.

use std::time::Duration;

use connector_kit::simulator::Fault;
use it::{Intake, Program, Signing, intake::send_to, wait_until};
use kernel::{Clock as _, SystemClock, Timestamp};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(30);
const TYPE: &str = "project.status.changed";
/// The provider did it, and its answer is lost.
const LOST: &str = "disconnect-after-effect";

/// The invoice system tells how a project stands; answers once its run ended.
async fn told(program: &Program, id: &str, at: Timestamp, project: Value) -> Value {
    let body = json!({
        "event_type": TYPE, "event_id": id, "timestamp": at, "project_data": project,
    });
    let to = ("/api/project/status", TYPE);
    let bytes = body.to_string().into_bytes();
    let sent = send_to(&program.stranger, to, Signing::Contract, id, at, bytes);
    assert_eq!(sent.await.status, 200);
    program.ended(&program.owner, id).await
}

/// A client whose lead is known at both sides, and its id over there.
async fn client(program: &Program) -> String {
    let run = program.journey(&Intake::numbered(1)).await;
    run["output"]["external_lead_id"].as_str().unwrap().to_owned()
}

async fn project(program: &Program) -> Value {
    let list = program.owner.get("/v1/projects").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list:#}");
    let id = list["items"][0]["project_id"].as_str().unwrap();
    program.owner.get(&format!("/v1/projects/{id}")).await.expect(200)
}

/// What was said in Slack about projects: the thread and the text.
fn said(program: &Program) -> Vec<(Value, String)> {
    let posts = program.applied("slack", "/chat.postMessage").into_iter();
    posts
        .map(|post| {
            (post.request["thread_ts"].clone(), post.request["text"].as_str().unwrap().to_owned())
        })
        .filter(|(_, text)| text.starts_with("Project ") || text.starts_with("Milestone "))
        .collect()
}

fn pages_of(program: &Program, project: &Value) -> usize {
    let pages = program.applied("notion", "/pages");
    let id = project["project_id"].as_str().unwrap();
    pages.iter().filter(|page| page.request.to_string().contains(id)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_contract_makes_one_project_at_both_sides_and_one_thread() {
    let program = Program::start().await;
    let lead = client(&program).await;
    let now = SystemClock.now();
    let signed = json!({
        "lead_id": lead, "company_name": "TechFlow Solutions", "old_status": "proposal_sent",
        "new_status": "contract_signed", "payment_status": "deposit_received", "amount_paid": 15000,
    });
    program.arm(
        "invoice_system",
        vec![Fault { path: Some("/api/v1/projects".to_owned()), ..Fault::times(LOST, 1) }],
    );
    program
        .arm("notion", vec![Fault { path: Some("/v1/pages".to_owned()), ..Fault::times(LOST, 1) }]);
    let run = told(&program, "signed", now, signed.clone()).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    assert_eq!((program.hits("invoice_system"), program.hits("notion")), (1, 1));
    assert_eq!(told(&program, "signed", now, signed).await["run_id"], run["run_id"]);

    let ours = project(&program).await;
    assert_eq!(
        (&ours["status"], &ours["payment_status"]),
        (&json!("contract_signed"), &json!("deposit_received"))
    );
    assert_eq!(ours["amount_paid"], json!({ "amount": "15000.00", "currency": "USD" }));
    assert_eq!(ours["milestones"].as_array().unwrap().len(), 4);
    let there = program.applied("invoice_system", "/projects");
    assert_eq!(there.len(), 1);
    assert_eq!(ours["external_project_id"], there[0].answer["project_id"]);
    assert_eq!(there[0].request["milestones"].as_array().unwrap().len(), 4);
    assert_eq!(there[0].request["agent_workspace"]["notion_project_url"], ours["notion_url"]);
    assert_eq!(pages_of(&program, &ours), 1);
    let thread = &ours["slack_thread"];
    assert!(thread.is_string());

    // What comes next is said below the first message. What is older is no news.
    let later = now + Duration::from_secs(60);
    let begun = json!({ "lead_id": lead, "project_id": ours["external_project_id"], "new_status": "in_progress" });
    assert_eq!(told(&program, "begun", later, begun.clone()).await["status"], "completed");
    let older = json!({ "lead_id": lead, "new_status": "proposal_sent" });
    let earlier = now - Duration::from_secs(60);
    assert_eq!(told(&program, "older", earlier, older).await["status"], "completed");
    assert_eq!(project(&program).await["status"], "in_progress");
    let said = said(&program);
    assert_eq!(said.len(), 2, "{said:#?}");
    assert_eq!((&said[0].0, &said[1].0), (&Value::Null, thread));
    assert_eq!(program.applied("invoice_system", "/projects").len(), 1);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_without_a_contract_has_no_project_and_the_team_hears_of_it() {
    let program = Program::start().await;
    let lead = client(&program).await;
    let change =
        json!({ "lead_id": lead, "company_name": "TechFlow", "new_status": "proposal_sent" });
    let run = told(&program, "sent", SystemClock.now(), change).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    assert_eq!(program.owner.get("/v1/projects").await.expect(200)["items"], json!([]));
    assert_eq!(said(&program), [(Value::Null, "Project TechFlow: proposal_sent".to_owned())]);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_is_reported_once_and_makes_its_invoice_there() {
    let program = Program::start().await;
    let lead = client(&program).await;
    let signed = json!({ "lead_id": lead, "new_status": "contract_signed" });
    told(&program, "signed", SystemClock.now(), signed).await;
    let ours = project(&program).await;
    let path = format!("/v1/projects/{}/milestones/complete", ours["project_id"].as_str().unwrap());
    let done = json!({
        "milestone": ours["milestones"][0]["name"], "completion_percentage": 35,
        "trigger_invoice": true, "invoice_amount": "15000.50", "next_steps": "Wireframes",
    });
    program.arm("invoice_system", vec![Fault::times(LOST, 1)]);
    program.arm("slack", vec![Fault::times(LOST, 1)]);
    let first = program.owner.post(&path, &done).await.expect(200);
    assert_eq!(program.owner.post(&path, &done).await.expect(200), first);
    let run = wait_until("the report's run ended", SOON, || async {
        let runs = program.owner.get("/v1/runs?flow=milestone-report").await.expect(200);
        let run = &runs["items"][0];
        run["ended_at"].is_string().then(|| runs["items"].clone())
    })
    .await;
    assert_eq!(run.as_array().unwrap().len(), 1);
    assert_eq!(run[0]["status"], "completed", "{run:#}");
    assert_eq!((program.hits("invoice_system"), program.hits("slack")), (1, 1));
    let reports = program.applied("invoice_system", "/status");
    assert_eq!(reports.len(), 1);
    let report = &reports[0].request;
    assert_eq!(
        (&report["trigger_invoice"], &report["completion_percentage"]),
        (&json!(true), &json!(35))
    );
    assert_eq!(report["invoice_amount"].to_string().trim_matches('"'), "15000.5");
    assert_eq!(report["milestone_completed"], done["milestone"]);
    // Whether Slack took it is unknown, so it is not said again.
    let milestones =
        said(&program).iter().filter(|(_, text)| text.starts_with("Milestone ")).count();
    assert_eq!(milestones, 1);
    assert_eq!(
        program.owner.get("/v1/invoices").await.expect(200)["items"],
        json!([]),
        "it is made there"
    );
    program.stop().await;
}
