//! `GET /v1/leads`

use kernel::ClientId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{LeadRow, LeadStatus, LeadView};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListLeads {
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(default)]
    status: Option<LeadStatus>,
    /// Part of the company's name or of the e-mail address, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_leads(ListLeads) -> Page<LeadView>, Permission::ReadLeads)
        .get("/v1/leads")
        .tag("leads")
        .says(
            "List leads",
            "Newest first, without their intakes. A partner sees the leads that came from it.",
        )
        .example(json!({ "status": "open", "limit": 20 }))
}

async fn list_leads(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ListLeads,
) -> Result<Page<LeadView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        LeadRow,
        r#"
        select l.lead_id, l.client_id, c.company_name, c.email, l.source, l.status, l.submissions,
               l.external_lead_id, l.external_lead_url, l.complexity_score, l.estimated_hours,
               l.recommended_package, l.summary, l.agent_generated, l.intake_source,
               l.ai_assessment_score, l.agent_summary, l.sales_status, l.contract_status,
               l.payment_status, l.amount_paid_minor, l.amount_paid_currency, l.next_milestone,
               l.assigned_team, null::jsonb as "intake?", null::jsonb as "custom_fields?",
               l.created_at, l.updated_at
        from crm.lead l
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        where ($1::uuid is null or l.client_id = $1)
          and ($2::text is null or l.status = $2)
          and ($3::text is null
               or 0 < strpos(lower(concat_ws(' ', c.company_name, c.email)), lower($3)))
          and ($4::uuid is null or l.lead_id < $4)
          and ($5::text is null or l.source = $5)
        order by l.lead_id desc
        limit $6
        "#,
        input.client_id.map(ClientId::uuid),
        input.status.map(LeadStatus::as_str),
        input.text,
        input.cursor.map(Cursor::uuid),
        caller.lead_source(),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let leads = rows.into_iter().map(LeadView::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(leads, limit, |lead: &LeadView| lead.lead_id))
}
