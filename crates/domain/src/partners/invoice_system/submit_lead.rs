//! `POST /api/v1/leads`

use kernel::{LeadId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::policy;
use crate::{
    Caller, Operation, Permission, Problem,
    crm::leads::{self, AgentNote, NewLead},
    operation,
    text::{EmailAddress, Line, LongText, Name, ShortText},
};

/// How many services a client asks for at the most.
const SERVICES_MAX: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentLead {
    /// Such as `mwd_assistant_intake`.
    source: Line<50>,
    company_name: ShortText,
    contact_email: EmailAddress,
    #[serde(default)]
    contact_name: Option<ShortText>,
    #[serde(default)]
    phone: Option<Name>,
    #[serde(default)]
    industry: Option<ShortText>,
    #[serde(default)]
    budget: Option<ShortText>,
    #[serde(default)]
    #[schemars(length(max = SERVICES_MAX))]
    services_requested: Vec<Name>,
    #[serde(default)]
    agent_assessment: Option<AgentAssessment>,
    /// Everything the client submitted.
    #[serde(default)]
    intake_form_data: Map<String, Value>,
    /// The lead it is, where the assistant was told its id.
    #[serde(default)]
    lead_id: Option<ShortText>,
    /// The assistant's own id of it: the same one always means the same lead.
    #[serde(default)]
    external_ref: Option<ShortText>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct AgentAssessment {
    #[serde(default)]
    #[schemars(range(min = 1, max = 10))]
    complexity_score: Option<i32>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    estimated_hours: Option<i32>,
    #[serde(default)]
    recommended_package: Option<Name>,
    #[serde(default)]
    ai_generated_summary: Option<LongText>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgentLeadAnswer {
    success: bool,
    lead_id: LeadId,
    lead_url: String,
    created_at: Timestamp,
    /// False when the lead was there already.
    created: bool,
}

pub(super) fn operation() -> Operation {
    operation!(submit_lead(AgentLead) -> AgentLeadAnswer, Permission::SubmitLeads)
        .post("/api/v1/leads")
        .tag("assistant")
        .says(
            "Submit a lead as the assistant",
            "Answers the lead there is, by the assistant's `external_ref`, by `lead_id`, or as the open \
             one of the client with this e-mail address; else makes one. The assistant's assessment is \
             kept with it, and is the lead's own where it had none.",
        )
        .creates_or_finds()
        .of_contract()
        .links(&["lead_url"])
        .about("lead_id")
        .example(json!({
            "source": "mwd_assistant_intake",
            "company_name": "TechFlow Solutions",
            "contact_name": "John Smith",
            "contact_email": "john@techflow.example",
            "phone": "+1-555-0123",
            "industry": "B2B SaaS",
            "budget": "$50,000 - $75,000",
            "services_requested": ["Branding", "Website Design", "Social Media"],
            "agent_assessment": {
                "complexity_score": 8,
                "estimated_hours": 120,
                "recommended_package": "premium",
                "ai_generated_summary": "Enterprise B2B SaaS client seeking a brand and a website.",
            },
            "intake_form_data": { "timeline": "3-4 months" },
        }))
}

async fn submit_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    mut input: AgentLead,
) -> Result<AgentLeadAnswer, Problem> {
    let policy = policy::require_enabled(tx).await?;
    let (agent_ref, lead_id) = (input.external_ref.as_ref(), input.lead_id.as_ref());
    let found = leads::find_for_agent(tx, agent_ref, lead_id, &input.contact_email).await?;
    // A partner sees only leads that bear its name; the contract is about all of them.
    let us = Caller::system(caller.tenant, "invoice_system");
    let (lead, created) = match found {
        Some(lead) => (lead, false),
        None if !policy.auto_create_leads => {
            return Err(Problem::new(
                "lead-creation-off",
                "the business lets the assistant work on leads that exist only; ask it to create this one",
            ));
        }
        None => {
            let submitted = leads::submit(tx, &us, &new_lead(&mut input)?).await?;
            (submitted.lead.lead.lead_id, !submitted.merged)
        }
    };
    let assessment = input.agent_assessment.unwrap_or_default();
    let note = AgentNote {
        is_new: created,
        source: &input.source,
        agent_ref: input.external_ref.as_ref(),
        score: assessment.complexity_score,
        estimated_hours: assessment.estimated_hours,
        recommended_package: assessment.recommended_package.as_ref(),
        summary: assessment.ai_generated_summary.as_ref(),
    };
    leads::note_agent(tx, lead, &note).await?;
    let lead = leads::load(tx, &us, lead).await?.lead;
    Ok(AgentLeadAnswer {
        success: true,
        lead_id: lead.lead_id,
        lead_url: format!("/api/v1/leads/{}", lead.lead_id),
        created_at: lead.created_at,
        created,
    })
}

/// The lead as we keep it. What the contract has beside the form's data joins it.
fn new_lead(input: &mut AgentLead) -> Result<NewLead, Problem> {
    let mut intake = std::mem::take(&mut input.intake_form_data);
    if let Some(budget) = &input.budget {
        intake.entry("budget").or_insert_with(|| json!(budget));
    }
    if !input.services_requested.is_empty() {
        intake.entry("key_services").or_insert_with(|| json!(input.services_requested));
    }
    Ok(NewLead {
        source: input
            .source
            .as_str()
            .parse()
            .map_err(|error: String| Problem::field("/source", error))?,
        company_name: input.company_name.clone(),
        contact_email: input.contact_email.clone(),
        contact_name: input.contact_name.clone(),
        phone: input.phone.clone(),
        industry: input.industry.clone(),
        external_lead_id: None,
        external_lead_url: None,
        intake,
    })
}
