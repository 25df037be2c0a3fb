//! `POST /v1/leads`

use kernel::{ClientId, LeadId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::LeadDetail;
use crate::{
    Caller, OnConstraint as _, Operation, Permission, Problem,
    crm::clients::{self, Stage},
    operation,
    text::{EmailAddress, Name, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateLead {
    /// The system it comes from, such as `invoice_system`.
    pub(crate) source: Name,
    pub(crate) company_name: ShortText,
    /// Two submissions with the same address, ignoring case, are of the same client, whatever company
    /// they name.
    pub(crate) contact_email: EmailAddress,
    #[serde(default)]
    pub(crate) contact_name: Option<ShortText>,
    #[serde(default)]
    pub(crate) phone: Option<Name>,
    #[serde(default)]
    pub(crate) industry: Option<ShortText>,
    /// The lead's id at the invoice system, where it has one already.
    #[serde(default)]
    pub(crate) external_lead_id: Option<ShortText>,
    #[serde(default)]
    pub(crate) external_lead_url: Option<ShortText>,
    /// Everything the client submitted, as it was submitted.
    pub(crate) intake: Map<String, Value>,
}

/// What became of a submission.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SubmittedLead {
    #[serde(flatten)]
    pub(crate) lead: LeadDetail,
    /// Whether it was an open lead already, which now holds this submission.
    pub(crate) merged: bool,
    /// Whether the client is new.
    pub(crate) client_created: bool,
}

pub(super) fn operation() -> Operation {
    operation!(create_lead(CreateLead) -> SubmittedLead, Permission::WriteLeads)
        .post("/v1/leads")
        .tag("leads")
        .says(
            "Submit a lead",
            "Makes the client if its e-mail address is new: the address alone, ignoring case, says who \
             the client is. The latest company name wins, and so do contact name, phone and industry \
             where they are given. While the client has an open lead, the submission is merged into it: \
             the latest intake and external id win, and `submissions` counts. A flow that goes on to \
             write deliverables writes those of the lead anew. What was submitted before stays readable \
             in the webhook that brought it. For work that must stay apart, such as of two companies \
             with one contact, use an address for each.",
        )
        .creates()
        .about("lead_id")
        .example(json!({
            "source": "invoice_system",
            "company_name": "TechFlow Solutions",
            "contact_name": "John Smith",
            "contact_email": "john@techflow.example",
            "phone": "+1-555-0123",
            "industry": "B2B SaaS",
            "intake": { "key_services": ["Website Design", "Branding"], "budget": "$50,000 - $75,000" },
        }))
}

async fn create_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    input: CreateLead,
) -> Result<SubmittedLead, Problem> {
    submit(tx, caller, &input).await
}

/// Makes a lead, or merges what was submitted into the client's open one.
pub(crate) async fn submit(
    tx: &mut TenantTx,
    caller: &Caller,
    input: &CreateLead,
) -> Result<SubmittedLead, Problem> {
    // The client's row is locked from here on, so submissions of one client take turns.
    let client = upsert_client(tx, input).await?;
    let merged = merge_into_open_lead(tx, client.id, input).await?;
    let lead = match merged {
        Some(lead) => lead,
        None => insert_lead(tx, client.id, input).await?,
    };
    if merged.is_none() && matches!(client.stage, Stage::Lost | Stage::Delivered) {
        clients::change_stage(tx, client.id, client.stage, Stage::Intake).await?;
    }
    let lead = super::load(tx, caller, lead).await?;
    let view = &lead.lead;
    let facts = json!({
        "lead_id": view.lead_id,
        "client_id": view.client_id,
        "source": view.source,
        "submissions": view.submissions,
    });
    let kind = if merged.is_some() { "lead.updated" } else { "lead.created" };
    tx.append("crm", kind, Some(view.lead_id.to_string()), facts).await?;
    Ok(SubmittedLead { lead, merged: merged.is_some(), client_created: client.created })
}

struct Client {
    id: ClientId,
    stage: Stage,
    created: bool,
}

async fn upsert_client(tx: &mut TenantTx, input: &CreateLead) -> Result<Client, Problem> {
    let (new_id, now): (ClientId, _) = (tx.new_id(), tx.now());
    let row = sqlx::query!(
        r#"
        insert into crm.client as c
            (client_id, company_name, contact_name, email, email_norm, phone, industry, stage,
             stage_since, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, 'intake', $8, $8, $8)
        on conflict on constraint client_email_key do update set
            company_name = excluded.company_name,
            contact_name = coalesce(excluded.contact_name, c.contact_name),
            email        = excluded.email,
            phone        = coalesce(excluded.phone, c.phone),
            industry     = coalesce(excluded.industry, c.industry),
            updated_at   = excluded.updated_at
        returning client_id, stage
        "#,
        new_id.uuid(),
        input.company_name.as_str(),
        input.contact_name.as_ref().map(ShortText::as_str),
        input.contact_email.as_str(),
        input.contact_email.normalised(),
        input.phone.as_ref().map(Name::as_str),
        input.industry.as_ref().map(ShortText::as_str),
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let id = ClientId::from(row.client_id);
    let stage = row.stage.parse().map_err(Problem::internal)?;
    if id == new_id {
        let facts = json!({ "client_id": id, "source": input.source });
        tx.append("crm", "client.created", Some(id.to_string()), facts).await?;
    }
    Ok(Client { id, stage, created: id == new_id })
}

async fn merge_into_open_lead(
    tx: &mut TenantTx,
    client: ClientId,
    input: &CreateLead,
) -> Result<Option<LeadId>, Problem> {
    let now = tx.now();
    let lead = sqlx::query_scalar!(
        r#"
        update crm.lead set
            submissions       = submissions + 1,
            source            = $2,
            intake            = $3,
            external_lead_id  = coalesce($4, external_lead_id),
            external_lead_url = coalesce($5, external_lead_url),
            updated_at        = $6
        where lead_id = (
            select lead_id from crm.lead where client_id = $1 and status = 'open'
            order by lead_id desc limit 1
        )
        returning lead_id
        "#,
        client.uuid(),
        input.source.as_str(),
        Value::Object(input.intake.clone()),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.external_lead_url.as_ref().map(ShortText::as_str),
        now,
    )
    .fetch_optional(tx.conn())
    .await
    .on_constraint("lead_external_key", external_id_taken)?;
    Ok(lead.map(LeadId::from))
}

async fn insert_lead(
    tx: &mut TenantTx,
    client: ClientId,
    input: &CreateLead,
) -> Result<LeadId, Problem> {
    let (id, now): (LeadId, _) = (tx.new_id(), tx.now());
    sqlx::query!(
        r#"
        insert into crm.lead
            (lead_id, client_id, source, external_lead_id, external_lead_url, status, intake,
             created_at, updated_at)
        values ($1, $2, $3, $4, $5, 'open', $6, $7, $7)
        "#,
        id.uuid(),
        client.uuid(),
        input.source.as_str(),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.external_lead_url.as_ref().map(ShortText::as_str),
        Value::Object(input.intake.clone()),
        now,
    )
    .execute(tx.conn())
    .await
    .on_constraint("lead_external_key", external_id_taken)?;
    Ok(id)
}

pub(super) fn external_id_taken() -> Problem {
    Problem::new(
        "external-id-taken",
        "another lead has this external id; check which of the two it belongs to",
    )
}
