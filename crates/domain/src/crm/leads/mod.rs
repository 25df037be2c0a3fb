//! Leads: a client's wish for work, merged with its earlier words while it is open.

mod assess;
mod create;
mod get;
mod link;
mod list;

use std::str::FromStr;

use kernel::{ClientId, LeadId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

pub(crate) use create::{CreateLead as NewLead, submit};

use crate::{Caller, Operation, Problem};

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
    intake: Option<Value>,
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
               l.recommended_package, l.summary, l.intake as "intake?", l.created_at, l.updated_at
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
    Ok(LeadDetail { lead: row.try_into()?, intake })
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        create::operation(),
        list::operation(),
        get::operation(),
        assess::operation(),
        link::operation(),
    ]
}
