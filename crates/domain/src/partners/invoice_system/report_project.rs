//! `PATCH /api/v1/projects/{project_id}/status`

use kernel::{Amount, InvoiceId, ProjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{our_id, policy};
use crate::{
    Caller, Operation, Permission, Problem,
    delivery::projects::{
        self, Completion, LIST_MAX, ReadyDeliverable, Report, StatusText, complete, report,
    },
    operation,
    text::{Name, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentReport {
    project_id: ShortText,
    /// Such as `branding_complete`.
    #[serde(default)]
    status: Option<StatusText>,
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    completion_percentage: Option<i32>,
    /// The milestone's name, as the project was submitted with it.
    #[serde(default)]
    milestone_completed: Option<Name>,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    deliverables_ready: Vec<ReadyDeliverable>,
    #[serde(default)]
    next_steps: Option<ShortText>,
    /// Makes the invoice of the milestone, once.
    #[serde(default)]
    trigger_invoice: bool,
    /// A decimal as text or number, in the business's home currency.
    #[serde(default)]
    invoice_amount: Option<Amount>,
    #[serde(default)]
    invoice_description: Option<ShortText>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgentReportAnswer {
    success: bool,
    project_id: ProjectId,
    status: String,
    /// The milestone's invoice; null when there is none.
    invoice_id: Option<InvoiceId>,
    invoice_number: Option<String>,
    invoice_url: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(report_project(AgentReport) -> AgentReportAnswer, Permission::SubmitLeads)
        .patch("/api/v1/projects/{project_id}/status")
        .tag("assistant")
        .says(
            "Report a project's progress as the assistant",
            "What is left out stays as it is. A milestone is completed once and, with `trigger_invoice`, \
             invoiced once, however often that is reported. It is not told to the assistant again.",
        )
        .of_contract()
        .links(&["invoice_url"])
        .about("project_id")
        .example(json!({
            "project_id": "proj_01h455vb4pex5vsknk084sn02q",
            "status": "branding_complete",
            "completion_percentage": 35,
            "milestone_completed": "Brand Strategy Completed",
            "deliverables_ready": [{
                "name": "Brand Guidelines",
                "url": "https://storage.agent.example/brand_guidelines.pdf",
                "type": "pdf",
            }],
            "next_steps": "Website design wireframes - starting Monday",
            "trigger_invoice": true,
            "invoice_amount": 15000.00,
            "invoice_description": "Milestone 1: Brand Strategy & Guidelines",
        }))
}

async fn report_project(
    tx: &mut TenantTx,
    _: &Caller,
    input: AgentReport,
) -> Result<AgentReportAnswer, Problem> {
    policy::require_enabled(tx).await?;
    let id: ProjectId = our_id(&input.project_id, "project")?;
    if input.trigger_invoice && input.milestone_completed.is_none() {
        let detail =
            "is required with `trigger_invoice`, because it is a milestone that is invoiced";
        return Err(Problem::field("/milestone_completed", detail));
    }
    let project = projects::lock(tx, id).await?;
    let news = Report {
        status: input.status,
        completion_percentage: input.completion_percentage,
        next_steps: input.next_steps,
        ..Report::default()
    };
    report(tx, &project, &news).await?;
    let mut invoice = None;
    if let Some(milestone) = input.milestone_completed {
        let completion = Completion {
            milestone,
            milestone_field: "/milestone_completed",
            trigger_invoice: input.trigger_invoice,
            is_invoiced_here: true,
            invoice_amount: input.invoice_amount,
            invoice_description: input.invoice_description,
            deliverables_ready: input.deliverables_ready,
        };
        let done = complete(tx, &project, completion).await?;
        if done.newly {
            let facts = json!({
                "project_id": id,
                "milestone_id": done.milestone.milestone_id,
                "invoice_id": done.milestone.invoice_id,
            });
            tx.append("delivery", "milestone.reported", Some(id.to_string()), facts).await?;
        }
        invoice = done.invoice;
    }
    let project = projects::load(tx, id).await?.project;
    Ok(AgentReportAnswer {
        success: true,
        project_id: id,
        status: project.status,
        invoice_id: invoice.as_ref().map(|invoice| invoice.invoice_id),
        // The PDF, which opens without a token; those with one find the rest by the id.
        invoice_url: invoice.as_ref().map(|it| {
            it.pdf_url.clone().unwrap_or_else(|| format!("/v1/invoices/{}", it.invoice_id))
        }),
        invoice_number: invoice.map(|invoice| invoice.number),
    })
}
