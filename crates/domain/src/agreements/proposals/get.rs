//! `GET /v1/leads/{lead_id}/proposal`

use kernel::{LeadId, ProposalId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetProposal {
    lead_id: LeadId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProposalView {
    proposal_id: ProposalId,
    lead_id: LeadId,
    /// The page for the client. Whoever has the address may read it.
    proposal_url: String,
    /// Where whoever has this address gets it as PDF; absent where nobody said how we are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pdf_url: Option<String>,
    created_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(get_proposal(GetProposal) -> ProposalView, Permission::ReadDeliverables)
        .get("/v1/leads/{lead_id}/proposal")
        .tag("proposals")
        .says(
            "Get a lead's proposal",
            "There is one as soon as the lead has a deliverable of each type that counts.",
        )
        .about("lead_id")
        .links(&["proposal_url"])
        .example(json!({ "lead_id": "lead_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_proposal(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetProposal,
) -> Result<ProposalView, Problem> {
    let row = sqlx::query!(
        "select proposal_id, key, created_at from agreements.proposal where lead_id = $1",
        input.lead_id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| {
        Problem::new(
            "not-found",
            "this lead has no proposal; check the id, and whether all deliverables are there",
        )
    })?;
    let proposal_id = ProposalId::from(row.proposal_id);
    let (id, links) = (proposal_id.to_string(), tx.db().links());
    Ok(ProposalView {
        proposal_id,
        lead_id: input.lead_id,
        proposal_url: super::path(&row.key),
        pdf_url: links.and_then(|links| links.address(tx.tenant(), "proposals", &id, None)),
        created_at: row.created_at,
    })
}
