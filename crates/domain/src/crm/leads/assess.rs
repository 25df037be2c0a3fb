//! `PUT /v1/leads/{lead_id}/assessment`

use kernel::{ClientId, LeadId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::LeadDetail;
use crate::{
    Caller, Operation, Permission, Problem,
    crm::clients::{self, Stage},
    operation,
    text::{LongText, Name},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AssessLead {
    lead_id: LeadId,
    #[schemars(range(min = 1, max = 10))]
    complexity_score: i32,
    #[schemars(range(min = 1, max = 1_000_000))]
    estimated_hours: i32,
    /// Such as `premium`.
    recommended_package: Name,
    summary: LongText,
}

pub(super) fn operation() -> Operation {
    operation!(assess_lead(AssessLead) -> LeadDetail, Permission::WriteLeads)
        .put("/v1/leads/{lead_id}/assessment")
        .tag("leads")
        .says(
            "Assess a lead",
            "How hard, how long, which package. Assessing again replaces the assessment. A client \
             that is in `intake` moves to `assessed`.",
        )
        .about("lead_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "complexity_score": 8,
            "estimated_hours": 120,
            "recommended_package": "premium",
            "summary": "B2B SaaS client that wants a brand, a website and a social presence.",
        }))
}

async fn assess_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    input: AssessLead,
) -> Result<LeadDetail, Problem> {
    let now = tx.now();
    // The client is locked before the lead, the order in which submissions do it.
    let client = sqlx::query!(
        r#"
        select c.client_id, c.stage from crm.client c
        where c.client_id = (select client_id from crm.lead where lead_id = $1)
        for update
        "#,
        input.lead_id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("lead"))?;
    sqlx::query!(
        r#"
        update crm.lead set complexity_score = $2, estimated_hours = $3, recommended_package = $4,
                            summary = $5, updated_at = $6
        where lead_id = $1
        "#,
        input.lead_id.uuid(),
        input.complexity_score,
        input.estimated_hours,
        input.recommended_package.as_str(),
        input.summary.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let client_id = ClientId::from(client.client_id);
    let facts = json!({
        "lead_id": input.lead_id,
        "client_id": client_id,
        "complexity_score": input.complexity_score,
        "estimated_hours": input.estimated_hours,
    });
    tx.append("crm", "lead.assessed", Some(input.lead_id.to_string()), facts).await?;
    if client.stage == Stage::Intake.as_str() {
        clients::change_stage(tx, client_id, Stage::Intake, Stage::Assessed).await?;
    }
    super::load(tx, caller, input.lead_id).await
}
