//! `POST /api/v1/projects`

use kernel::{LeadId, ProjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{our_id, policy};
use crate::{
    Caller, Operation, Permission, Problem,
    crm::leads,
    delivery::projects::{self, LIST_MAX, NewMilestone, NewProject},
    operation,
    text::{Name, ShortText},
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentWorkspace {
    #[serde(default)]
    notion_project_url: Option<ShortText>,
    #[serde(default)]
    slack_channel: Option<Name>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentProject {
    lead_id: ShortText,
    project_name: ShortText,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    services: Vec<Name>,
    #[serde(default)]
    estimated_completion: Option<chrono::NaiveDate>,
    #[serde(default)]
    agent_workspace: AgentWorkspace,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    milestones: Vec<NewMilestone>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgentProjectAnswer {
    success: bool,
    project_id: ProjectId,
    project_url: String,
    /// False when the lead had a project of this name already.
    created: bool,
}

pub(super) fn operation() -> Operation {
    operation!(submit_project(AgentProject) -> AgentProjectAnswer, Permission::SubmitLeads)
        .post("/api/v1/projects")
        .tag("assistant")
        .says(
            "Submit a project as the assistant",
            "A lead has one project of each name: submitting it again answers the one there is, unchanged.",
        )
        .creates_or_finds()
        .of_contract()
        .links(&["project_url"])
        .about("project_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "project_name": "TechFlow Solutions - Full Branding Package",
            "services": ["branding", "website", "social_media", "copywriting"],
            "estimated_completion": "2027-03-15",
            "agent_workspace": {
                "notion_project_url": "https://notion.so/techflow-project",
                "slack_channel": "#client-techflow",
            },
            "milestones": [{
                "name": "Brand Strategy Completed",
                "target_date": "2026-12-01",
                "deliverables": ["Brand Guidelines PDF", "Logo Concepts"],
            }],
        }))
}

async fn submit_project(
    tx: &mut TenantTx,
    caller: &Caller,
    input: AgentProject,
) -> Result<AgentProjectAnswer, Problem> {
    policy::require_enabled(tx).await?;
    let lead: LeadId = our_id(&input.lead_id, "lead")?;
    let us = Caller::system(caller.tenant, "invoice_system");
    let sale = leads::load(tx, &us, lead).await?.lead;
    let new = NewProject {
        name: input.project_name,
        lead_id: Some(lead),
        external_lead_id: None,
        external_project_id: None,
        company_name: None,
        services: input.services,
        // It begins where the sale is.
        status: sale.sales_status.and_then(|status| status.parse().ok()),
        payment_status: sale.payment_status.and_then(|status| status.parse().ok()),
        amount_paid: None,
        next_milestone: sale.next_milestone.and_then(|next| next.parse().ok()),
        estimated_completion: input.estimated_completion,
        notion_url: input.agent_workspace.notion_project_url,
        slack_channel: input.agent_workspace.slack_channel,
        milestones: input.milestones,
    };
    let done = projects::create(tx, new).await?;
    let project_id = done.project.project.project_id;
    Ok(AgentProjectAnswer {
        success: true,
        project_id,
        project_url: format!("/v1/projects/{project_id}"),
        created: done.created,
    })
}
