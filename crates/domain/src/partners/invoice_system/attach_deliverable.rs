//! `PUT /api/v1/leads/{lead_id}/deliverables`

use kernel::{DeliverableId, LeadId, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::{our_id, policy};
use crate::{
    Caller, Operation, Permission, Problem,
    agreements::proposals,
    delivery::{
        deliverables::{DeliverableType, Delivered, TokensUsed, attach},
        projects,
    },
    operation,
    text::{Line, Name, ShortText},
};

/// The longest Markdown of a deliverable.
const MARKDOWN_MAX: usize = 500_000;

/// The contract names each type twice: where deliverables are stored, and where they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ContractType {
    Branding,
    BrandingStrategy,
    Website,
    WebsitePlan,
    Social,
    SocialMedia,
    SocialStrategy,
    Copywriting,
}

impl ContractType {
    fn kind(self) -> DeliverableType {
        match self {
            Self::Branding | Self::BrandingStrategy => DeliverableType::BrandingStrategy,
            Self::Website | Self::WebsitePlan => DeliverableType::WebsitePlan,
            Self::Social | Self::SocialMedia | Self::SocialStrategy => {
                DeliverableType::SocialStrategy
            }
            Self::Copywriting => DeliverableType::Copywriting,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FormattedOutput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pdf_url: Option<Line<2_000>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    markdown: Option<Line<MARKDOWN_MAX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notion_page_url: Option<Line<2_000>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentDeliverable {
    lead_id: ShortText,
    deliverable_type: ContractType,
    generated_at: Timestamp,
    ai_model: Line<50>,
    content: Map<String, Value>,
    #[serde(default)]
    formatted_output: Option<FormattedOutput>,
    #[serde(default)]
    tokens_used: Option<TokensUsed>,
    /// The project it is for, once there is one.
    #[serde(default)]
    project_id: Option<Name>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgentDeliverableAnswer {
    success: bool,
    deliverable_id: DeliverableId,
    /// False when a person is to approve it before it counts.
    lead_updated: bool,
    /// Whether the lead has a proposal: once there is one deliverable of each type that counts.
    proposal_ready: bool,
    proposal_url: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(attach_deliverable(AgentDeliverable) -> AgentDeliverableAnswer, Permission::SubmitLeads)
        .put("/api/v1/leads/{lead_id}/deliverables")
        .tag("assistant")
        .says(
            "Attach a deliverable as the assistant",
            "In place of the lead's earlier one of its type; it then awaits review again. The same again \
             changes nothing.",
        )
        .of_contract()
        .links(&["proposal_url"])
        .about("deliverable_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "deliverable_type": "branding_strategy",
            "generated_at": "2026-11-15T11:00:00Z",
            "ai_model": "claude-sonnet-4.5",
            "content": { "brand_positioning": "TechFlow positions itself as…" },
            "formatted_output": { "markdown": "# Brand Strategy" },
            "tokens_used": { "input": 1250, "output": 3840, "cost": 0.12 },
        }))
}

async fn attach_deliverable(
    tx: &mut TenantTx,
    _: &Caller,
    input: AgentDeliverable,
) -> Result<AgentDeliverableAnswer, Problem> {
    let policy = policy::require_enabled(tx).await?;
    let lead: LeadId = our_id(&input.lead_id, "lead")?;
    let project = project_of(tx, lead, input.project_id.as_ref()).await?;
    let formatted = input.formatted_output.as_ref();
    let delivered = Delivered {
        lead,
        project,
        kind: input.deliverable_type.kind(),
        content: input.content,
        markdown: formatted.and_then(|it| it.markdown.as_ref()).map(|it| it.as_str().to_owned()),
        formatted_output: formatted
            .map(serde_json::to_value)
            .transpose()
            .map_err(Problem::internal)?,
        ai_model: input.ai_model.as_str().to_owned(),
        tokens_used: input.tokens_used,
        generated_at: input.generated_at,
        is_attached: policy.auto_attach_deliverables,
    };
    let (deliverable_id, lead_updated) = attach(tx, delivered).await?;
    let proposal_url = proposals::make_if_ready(tx, lead).await?;
    Ok(AgentDeliverableAnswer {
        success: true,
        deliverable_id,
        lead_updated,
        proposal_ready: proposal_url.is_some(),
        proposal_url,
    })
}

/// The lead's project that the assistant names.
async fn project_of(
    tx: &mut TenantTx,
    lead: LeadId,
    named: Option<&Name>,
) -> Result<Option<ProjectId>, Problem> {
    let Some(named) = named else { return Ok(None) };
    let wrong = || Problem::field("/project_id", "is no project of this lead; check the id");
    let id: ProjectId = named.as_str().parse().map_err(|_not_ours| wrong())?;
    let project = projects::load(tx, id)
        .await
        .map_err(|problem| if problem.code() == "not-found" { wrong() } else { problem })?;
    if project.project.lead_id == Some(lead) { Ok(Some(id)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_type_mean_the_type() {
        for (name, kind) in [
            ("branding", DeliverableType::BrandingStrategy),
            ("branding_strategy", DeliverableType::BrandingStrategy),
            ("website", DeliverableType::WebsitePlan),
            ("social", DeliverableType::SocialStrategy),
            ("copywriting", DeliverableType::Copywriting),
        ] {
            let read: ContractType = serde_json::from_value(json!(name)).unwrap();
            assert_eq!(read.kind(), kind, "{name}");
        }
        // What we send ourselves is understood.
        for kind in DeliverableType::ALL {
            let read: ContractType = serde_json::from_value(json!(kind.as_str())).unwrap();
            assert_eq!(read.kind(), kind);
        }
    }
}
