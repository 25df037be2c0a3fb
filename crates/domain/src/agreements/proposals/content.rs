//! What a proposal shows, on its page and as PDF.

use kernel::{LeadId, ProposalId, Timestamp};
use serde_json::Value;
use store::TenantTx;

use crate::Problem;

pub(super) struct Content {
    pub(super) proposal_id: ProposalId,
    /// Who offers it.
    pub(super) tenant: String,
    pub(super) company_name: String,
    pub(super) contact_name: Option<String>,
    pub(super) email: String,
    pub(super) summary: Option<String>,
    pub(super) parts: Vec<Part>,
    pub(super) created_at: Timestamp,
    /// When what it shows changed last.
    pub(super) changed_at: Timestamp,
}

pub(super) struct Part {
    pub(super) kind: String,
    pub(super) markdown: String,
    pub(super) formatted_output: Option<Value>,
    updated_at: Timestamp,
}

impl Part {
    pub(super) fn title(&self) -> &'static str {
        match self.kind.as_str() {
            "branding_strategy" => "Brand strategy",
            "website_plan" => "Website",
            "social_strategy" => "Social media",
            _ => "Copywriting",
        }
    }
}

/// The proposal of a lead that has one.
pub(super) async fn read(tx: &mut TenantTx, lead: LeadId) -> Result<Content, Problem> {
    let about = sqlx::query!(
        r#"
        select p.proposal_id, p.created_at, t.name as tenant, c.company_name, c.contact_name, c.email,
               coalesce(l.summary, l.agent_summary) as summary, l.updated_at
        from agreements.proposal p
        join crm.lead l on l.tenant_id = p.tenant_id and l.lead_id = p.lead_id
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        join identity.tenant t on t.tenant_id = l.tenant_id
        where p.lead_id = $1
        "#,
        lead.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let parts = sqlx::query_as!(
        Part,
        r#"
        select type as kind, markdown, formatted_output, updated_at from delivery.deliverable
        where lead_id = $1 and is_attached and status <> 'rejected'
        order by array_position(
            array['branding_strategy', 'website_plan', 'social_strategy', 'copywriting'], type)
        "#,
        lead.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let changed_at = parts.iter().map(|part| part.updated_at).fold(about.updated_at, Ord::max);
    Ok(Content {
        proposal_id: about.proposal_id.into(),
        tenant: about.tenant,
        company_name: about.company_name,
        contact_name: about.contact_name,
        email: about.email,
        summary: about.summary,
        parts,
        created_at: about.created_at,
        changed_at,
    })
}
