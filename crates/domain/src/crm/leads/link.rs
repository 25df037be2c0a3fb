//! `PUT /v1/leads/{lead_id}/link`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{LeadDetail, create::external_id_taken};
use crate::{
    Caller, OnConstraint as _, Operation, Permission, Problem, operation, text::ShortText,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkLead {
    lead_id: LeadId,
    external_lead_id: ShortText,
    #[serde(default)]
    external_lead_url: Option<ShortText>,
}

pub(super) fn operation() -> Operation {
    operation!(link_lead(LinkLead) -> LeadDetail, Permission::WriteLeads)
        .put("/v1/leads/{lead_id}/link")
        .tag("leads")
        .says("Link a lead", "Notes the id and the address of the lead at the invoice system.")
        .about("lead_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "external_lead_id": "lead_abc123",
            "external_lead_url": "https://invoices.example/leads/lead_abc123",
        }))
}

async fn link_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    input: LinkLead,
) -> Result<LeadDetail, Problem> {
    let now = tx.now();
    let changed = sqlx::query!(
        r#"
        update crm.lead set external_lead_id = $2,
                            external_lead_url = coalesce($3, external_lead_url), updated_at = $4
        where lead_id = $1
        "#,
        input.lead_id.uuid(),
        input.external_lead_id.as_str(),
        input.external_lead_url.as_ref().map(ShortText::as_str),
        now,
    )
    .execute(tx.conn())
    .await
    .on_constraint("lead_external_key", external_id_taken)?
    .rows_affected();
    if changed == 0 {
        return Err(Problem::not_found("lead"));
    }
    let facts = json!({ "lead_id": input.lead_id, "external_lead_id": input.external_lead_id });
    tx.append("crm", "lead.linked", Some(input.lead_id.to_string()), facts).await?;
    super::load(tx, caller, input.lead_id).await
}
