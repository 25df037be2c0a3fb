//! Leads: a client's wish for work, merged with its earlier words while it is open.

mod agent;
mod assess;
mod create;
mod get;
mod link;
mod list;
mod status;
mod update;

use std::str::FromStr;

use kernel::{ClientId, LeadId, Money, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

pub(crate) use agent::{AgentNote, find_for_agent, note_agent};
pub(crate) use create::{CreateLead as NewLead, submit};
pub(crate) use status::note_payment;

use crate::{Caller, Operation, Problem, delivery::projects::money};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// New submissions of the same client are merged into it.
    Open,
    Merged,
    Won,
    Lost,
}

impl LeadStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status of a lead")]
pub struct UnknownStatus;

impl FromStr for LeadStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Open, Self::Merged, Self::Won, Self::Lost]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}

/// A lead without its intake.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeadView {
    pub lead_id: LeadId,
    pub client_id: ClientId,
    pub company_name: String,
    pub contact_email: String,
    /// The system it came from.
    pub source: String,
    pub status: LeadStatus,
    /// How many times the client submitted it.
    pub submissions: i32,
    /// Its id at the invoice system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_lead_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_lead_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complexity_score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_hours: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended_package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whether an assistant brought it.
    pub agent_generated: bool,
    /// How it came, in the assistant's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intake_source: Option<String>,
    /// How complex the assistant finds it, from 1 to 10, whatever people found later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_assessment_score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_summary: Option<String>,
    /// Where the sale is, such as `proposal_sent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_status: Option<String>,
    /// Such as `signed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_status: Option<String>,
    /// Such as `deposit_received`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_paid: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_milestone: Option<String>,
    /// Who works on it.
    pub assigned_team: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A lead with the latest intake.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeadDetail {
    #[serde(flatten)]
    pub lead: LeadView,
    /// What the client wrote. Untrusted.
    pub intake: Value,
    /// What else is known of it.
    pub custom_fields: Value,
}

struct LeadRow {
    lead_id: Uuid,
    client_id: Uuid,
    company_name: String,
    email: String,
    source: String,
    status: String,
    submissions: i32,
    external_lead_id: Option<String>,
    external_lead_url: Option<String>,
    complexity_score: Option<i32>,
    estimated_hours: Option<i32>,
    recommended_package: Option<String>,
    summary: Option<String>,
    agent_generated: bool,
    intake_source: Option<String>,
    ai_assessment_score: Option<i32>,
    agent_summary: Option<String>,
    sales_status: Option<String>,
    contract_status: Option<String>,
    payment_status: Option<String>,
    amount_paid_minor: Option<i64>,
    amount_paid_currency: Option<String>,
    next_milestone: Option<String>,
    assigned_team: Vec<String>,
    intake: Option<Value>,
    custom_fields: Option<Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<LeadRow> for LeadView {
    type Error = Problem;

    fn try_from(row: LeadRow) -> Result<Self, Problem> {
        Ok(Self {
            lead_id: row.lead_id.into(),
            client_id: row.client_id.into(),
            company_name: row.company_name,
            contact_email: row.email,
            source: row.source,
            status: row.status.parse().map_err(Problem::internal)?,
            submissions: row.submissions,
            external_lead_id: row.external_lead_id,
            external_lead_url: row.external_lead_url,
            complexity_score: row.complexity_score,
            estimated_hours: row.estimated_hours,
            recommended_package: row.recommended_package,
            summary: row.summary,
            agent_generated: row.agent_generated,
            intake_source: row.intake_source,
            ai_assessment_score: row.ai_assessment_score,
            agent_summary: row.agent_summary,
            sales_status: row.sales_status,
            contract_status: row.contract_status,
            payment_status: row.payment_status,
            amount_paid: money(row.amount_paid_minor, row.amount_paid_currency)?,
            next_milestone: row.next_milestone,
            assigned_team: row.assigned_team,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// One lead that the caller may see.
pub(crate) async fn load(
    tx: &mut TenantTx,
    caller: &Caller,
    lead: LeadId,
) -> Result<LeadDetail, Problem> {
    let mut row = sqlx::query_as!(
        LeadRow,
        r#"
        select l.lead_id, l.client_id, c.company_name, c.email, l.source, l.status, l.submissions,
               l.external_lead_id, l.external_lead_url, l.complexity_score, l.estimated_hours,
               l.recommended_package, l.summary, l.agent_generated, l.intake_source,
               l.ai_assessment_score, l.agent_summary, l.sales_status, l.contract_status,
               l.payment_status, l.amount_paid_minor, l.amount_paid_currency, l.next_milestone,
               l.assigned_team, l.intake as "intake?", l.custom_fields as "custom_fields?",
               l.created_at, l.updated_at
        from crm.lead l
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        where l.lead_id = $1 and ($2::text is null or l.source = $2)
        "#,
        lead.uuid(),
        caller.lead_source(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("lead"))?;
    let intake = row.intake.take().unwrap_or_default();
    let custom_fields = row.custom_fields.take().unwrap_or_default();
    Ok(LeadDetail { lead: row.try_into()?, intake, custom_fields })
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        create::operation(),
        list::operation(),
        get::operation(),
        assess::operation(),
        link::operation(),
        status::operation(),
        update::operation(),
    ]
}
