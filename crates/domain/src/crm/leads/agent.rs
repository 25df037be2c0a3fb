//! What an assistant knows of a lead, and how it knows the lead again.

use kernel::{ClientId, LeadId};
use serde_json::json;
use store::TenantTx;

use crate::{
    OnConstraint as _, Problem,
    crm::clients::{self, Stage},
    text::{EmailAddress, Line, Name, ShortText},
};

/// What an assistant says of a lead. What is none stays as it is.
#[derive(Debug)]
pub(crate) struct AgentNote<'a> {
    /// Whether the lead is the assistant's own.
    pub(crate) is_new: bool,
    pub(crate) source: &'a Line<50>,
    /// The id by which the assistant knows the lead.
    pub(crate) agent_ref: Option<&'a ShortText>,
    pub(crate) score: Option<i32>,
    pub(crate) estimated_hours: Option<i32>,
    pub(crate) recommended_package: Option<&'a Name>,
    pub(crate) summary: Option<&'a Line<10_000>>,
}

/// The lead an assistant means: by its own id, by ours or the other system's, else the open one of the
/// client with this address. The client's row is locked, where there is one.
pub(crate) async fn find_for_agent(
    tx: &mut TenantTx,
    agent_ref: Option<&ShortText>,
    lead_id: Option<&ShortText>,
    email: &EmailAddress,
) -> Result<Option<LeadId>, Problem> {
    let ours = lead_id.and_then(|id| id.as_str().parse::<LeadId>().ok());
    let named = sqlx::query_scalar!(
        r#"
        select lead_id from crm.lead
        where agent_ref = $1 or lead_id = $2 or external_lead_id = $3
        order by (agent_ref = $1) desc nulls last, (lead_id = $2) desc nulls last
        limit 1
        "#,
        agent_ref.map(ShortText::as_str),
        ours.map(LeadId::uuid),
        lead_id.map(ShortText::as_str),
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(lead) = named {
        return Ok(Some(lead.into()));
    }
    let client = sqlx::query_scalar!(
        "select client_id from crm.client where email_norm = $1 for no key update",
        email.normalised()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(client) = client else { return Ok(None) };
    let open = sqlx::query_scalar!(
        r#"
        select lead_id from crm.lead where client_id = $1 and status = 'open'
        order by lead_id desc limit 1
        "#,
        client
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(open.map(LeadId::from))
}

/// Keeps what an assistant says of a lead. Its assessment is the lead's own where there is none yet.
pub(crate) async fn note_agent(
    tx: &mut TenantTx,
    lead: LeadId,
    note: &AgentNote<'_>,
) -> Result<(), Problem> {
    let now = tx.now();
    // The client is locked before the lead, the order in which submissions do it.
    let client = sqlx::query!(
        r#"
        select c.client_id, c.stage from crm.client c
        where c.client_id = (select client_id from crm.lead where lead_id = $1)
        for no key update
        "#,
        lead.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    sqlx::query!(
        r#"
        update crm.lead set
            agent_generated     = agent_generated or $2,
            intake_source       = coalesce(intake_source, $3),
            agent_ref           = coalesce($4, agent_ref),
            ai_assessment_score = coalesce($5, ai_assessment_score),
            agent_summary       = coalesce($6, agent_summary),
            complexity_score    = coalesce(complexity_score, $5),
            estimated_hours     = coalesce(estimated_hours, $7),
            recommended_package = coalesce(recommended_package, $8),
            summary             = coalesce(summary, $6),
            updated_at          = $9
        where lead_id = $1
        "#,
        lead.uuid(),
        note.is_new,
        note.source.as_str(),
        note.agent_ref.map(ShortText::as_str),
        note.score,
        note.summary.map(Line::as_str),
        note.estimated_hours,
        note.recommended_package.map(Name::as_str),
        now,
    )
    .execute(tx.conn())
    .await
    .on_constraint("lead_agent_ref_key", super::create::external_id_taken)?;
    let client_id = ClientId::from(client.client_id);
    if note.score.is_none() {
        return Ok(());
    }
    let facts = json!({
        "lead_id": lead,
        "client_id": client_id,
        "complexity_score": note.score,
        "estimated_hours": note.estimated_hours,
    });
    tx.append("crm", "lead.assessed", Some(lead.to_string()), facts).await?;
    if client.stage == Stage::Intake.as_str() {
        clients::change_stage(tx, client_id, Stage::Intake, Stage::Assessed).await?;
    }
    Ok(())
}
