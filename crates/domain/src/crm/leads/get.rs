//! `GET /v1/leads/{lead_id}`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::LeadDetail;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetLead {
    lead_id: LeadId,
}

pub(super) fn operation() -> Operation {
    operation!(get_lead(GetLead) -> LeadDetail, Permission::ReadLeads)
        .get("/v1/leads/{lead_id}")
        .tag("leads")
        .says("Get a lead", "The lead with its latest intake and its assessment.")
        .about("lead_id")
        .example(json!({ "lead_id": "lead_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    input: GetLead,
) -> Result<LeadDetail, Problem> {
    super::load(tx, caller, input.lead_id).await
}
