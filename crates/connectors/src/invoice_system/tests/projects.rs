//! Projects, their milestones and invoices.

use super::*;

fn project(lead_id: &Value) -> Value {
    json!({
        "lead_id": lead_id, "project_name": "TechFlow - Full Branding Package",
        "services": ["branding", "website"], "estimated_completion": "2027-03-15",
        "agent_workspace": { "slack_channel": "#client-techflow" },
        "milestones": [{
            "name": "Brand Strategy Completed", "target_date": "2026-12-01",
            "deliverables": ["Brand Guidelines PDF"],
        }],
    })
}

fn milestone(project_id: &Value) -> Value {
    json!({
        "project_id": project_id, "status": "branding_complete", "completion_percentage": 35,
        "milestone_completed": "Brand Strategy Completed", "trigger_invoice": true,
        "invoice_amount": "15000.00", "invoice_description": "Milestone 1",
        "deliverables_ready": [{ "name": "Guidelines", "url": "https://a.example/b.pdf", "type": "pdf" }],
    })
}

#[tokio::test]
async fn a_milestone_of_a_project_is_invoiced_once_under_any_key() {
    let stage = Stage::set().await;
    let lead = stage.ask("create_lead", "key-1", lead()).await.unwrap();
    let made = stage.ask("create_project", "key-2", project(&lead["lead_id"])).await.unwrap();
    let again = stage.ask("create_project", "key-3", project(&lead["lead_id"])).await.unwrap();
    assert_eq!(made["project_id"], again["project_id"]);
    let update = milestone(&made["project_id"]);
    let first = stage.ask("update_project_status", "key-4", update.clone()).await.unwrap();
    let repeated = stage.ask("update_project_status", "key-4", update.clone()).await.unwrap();
    let other = stage.ask("update_project_status", "key-5", update).await.unwrap();
    assert!(first["invoice_id"].is_string(), "{first}");
    assert_eq!((&first, &first["invoice_id"]), (&repeated, &other["invoice_id"]));
    let ledger = stage.kit.ledger.entries();
    let sent = ledger.iter().find(|entry| entry.path.ends_with("/status")).unwrap();
    assert_eq!(sent.request["invoice_amount"], json!(15000.0));
}

#[tokio::test]
async fn a_project_needs_its_lead_and_an_invoice_its_amount() {
    let stage = Stage::set().await;
    let refused = stage.ask("create_project", "key-1", project(&json!("lead_none"))).await;
    assert!(matches!(refused, Err(CallError::Rejected { status: 404, .. })), "{refused:?}");
    let lead = stage.ask("create_lead", "key-2", lead()).await.unwrap();
    let made = stage.ask("create_project", "key-3", project(&lead["lead_id"])).await.unwrap();
    let mut update = milestone(&made["project_id"]);
    update.as_object_mut().unwrap().remove("invoice_amount");
    let refused = stage.ask("update_project_status", "key-4", update).await;
    assert!(matches!(refused, Err(CallError::Rejected { status: 422, .. })), "{refused:?}");
    let unknown = stage.ask("update_project_status", "key-5", milestone(&json!("proj_none"))).await;
    assert!(matches!(unknown, Err(CallError::Rejected { status: 404, .. })), "{unknown:?}");
}
