//! One client, from the form to the milestone's invoice: the steps that people take. Everything between
//! them is the programs' own doing.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Ends,
    side::{Api, text},
};

const POLL: Duration = Duration::from_millis(250);

/// A client who was carried through.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) email: String,
    /// What the first milestone costs, in hundredths.
    pub(crate) amount_minor: i64,
}

pub(crate) async fn carry(ends: &Ends, number: usize) -> anyhow::Result<Client> {
    let email = format!("client{number}@two-sides.example");
    let amount_minor = 1_500_000 + i64::try_from(number)?;
    // 1. The client fills in the form.
    let answers = json!({
        "intake_data": {
            "company_name": format!("Client {number}"),
            "contact_email": email,
            "contact_name": "John Smith",
            "industry": "B2B SaaS",
            "key_services": ["Branding", "Website Design"],
            "project_goals": ["Launch new brand"],
            "budget": "$50,000 - $75,000",
            "timeline": "3-4 months",
        },
        "submission_key": format!("twosides{number:06}"),
    });
    let path = format!("/api/v1/intake-forms/{}/submissions", ends.form);
    ends.invoice_system.write("POST", &path, &format!("form-{number}"), &answers).await?;
    // 2. to 6. The assistant is told, asks the AI, creates the lead, attaches what was written.
    let lead = found(&ends.invoice_system, &format!("/v1/leads?text={email}"), |_| true).await?;
    let lead_id = text(&lead, "lead_id")?.to_owned();
    let deliverables = format!("/v1/deliverables?lead_id={lead_id}&limit=10");
    wait(&ends.invoice_system, &deliverables, |list| items(list).len() == 4).await?;
    // 7. and 8. Sales send the proposal; the client signs and pays the deposit.
    for (step, body) in [
        ("sent", json!({ "status": "proposal_sent" })),
        (
            "signed",
            json!({
                "status": "contract_signed", "payment_status": "deposit_received",
                "amount_paid": "15000.00", "next_milestone": "branding_kickoff",
            }),
        ),
    ] {
        let path = format!("/v1/leads/{lead_id}/status");
        let key = format!("{step}-{number}");
        ends.invoice_system.write("PATCH", &path, &key, &body).await?;
    }
    // 9. and 10. The assistant is told, and creates the project with its milestones.
    let path = format!("/v1/projects?external_lead_id={lead_id}");
    let ours = found(&ends.assistant, &path, |project| {
        project.get("external_project_id").is_some_and(Value::is_string)
    })
    .await?;
    let project_id = text(&ours, "project_id")?;
    let project = ends.assistant.get(&format!("/v1/projects/{project_id}")).await?;
    let milestone = project.pointer("/milestones/0/name").and_then(Value::as_str);
    let milestone = milestone.ok_or_else(|| anyhow::anyhow!("no milestones: {project}"))?;
    // 11. The team completes a milestone; the invoice system makes its invoice.
    let body = json!({
        "milestone": milestone,
        "completion_percentage": 35,
        "trigger_invoice": true,
        "invoice_amount": format!("{}.{:02}", amount_minor / 100, amount_minor % 100),
        "invoice_description": format!("Milestone 1: {milestone}"),
        "next_steps": "Website design wireframes",
    });
    let path = format!("/v1/projects/{project_id}/milestones/complete");
    ends.assistant.write("POST", &path, &format!("milestone-{number}"), &body).await?;
    let theirs = text(&ours, "external_project_id")?;
    let path = format!("/v1/invoices?project_id={theirs}");
    found(&ends.invoice_system, &path, |_| true).await?;
    // The client pays, and the assistant hears of it.
    let paid = json!({ "payment_status": "milestone_paid" });
    let path = format!("/v1/projects/{theirs}/status");
    ends.invoice_system.write("PATCH", &path, &format!("paid-{number}"), &paid).await?;
    let path = format!("/v1/projects/{project_id}");
    wait(&ends.assistant, &path, |project| project["payment_status"] == "milestone_paid").await?;
    Ok(Client { email, amount_minor })
}

fn items(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first item of a list that is as it should be, once there is one.
async fn found(api: &Api, path: &str, is_right: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
    loop {
        let list = api.get(path).await?;
        if let Some(item) = items(&list).iter().find(|item| is_right(item)) {
            return Ok(item.clone());
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn wait(api: &Api, path: &str, is_right: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
    while !is_right(&api.get(path).await?) {
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
