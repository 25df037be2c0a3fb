//! `GET /v1/proposals/{proposal_id}/pdf`

use std::sync::Arc;

use documents::{Document, Party, Proposal, Section};
use kernel::{LeadId, ProposalId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::content::{self, Content};
use crate::{
    App, Caller, Operation, Permission, Problem, identity::branding, operation, operation::File,
};

const TITLE: &str = "Proposal";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetProposalPdf {
    proposal_id: ProposalId,
}

pub(super) fn operation() -> Operation {
    operation!(outside get_proposal_pdf(GetProposalPdf) -> File, Permission::ReadDeliverables)
        .get("/v1/proposals/{proposal_id}/pdf")
        .answers_file("application/pdf")
        .tag("proposals")
        .says("Get a proposal as PDF", "What its page shows, in the tenant's branding.")
        .about("proposal_id")
        .example(json!({ "proposal_id": "prop_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_proposal_pdf(
    app: Arc<App>,
    caller: Caller,
    input: GetProposalPdf,
) -> Result<File, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let lead = sqlx::query_scalar!(
        "select lead_id from agreements.proposal where proposal_id = $1",
        input.proposal_id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("proposal"))?;
    let content = content::read(&mut tx, LeadId::from(lead)).await?;
    let branding = branding::load(&mut tx).await?;
    tx.commit().await?;
    let (company_name, changed_at) = (content.company_name.clone(), content.changed_at);
    let pdf = app.press.print(Document::Proposal(document(content)), branding, changed_at).await?;
    Ok(File::new(&[TITLE, &company_name], "pdf", "application/pdf", &pdf.bytes))
}

fn document(content: Content) -> Proposal {
    let section =
        |part: content::Part| Section { title: part.title().to_owned(), markdown: part.markdown };
    Proposal {
        number: None,
        title: TITLE.to_owned(),
        client: Party {
            name: content.company_name,
            contact: content.contact_name,
            email: Some(content.email),
            ..Party::default()
        },
        summary: content.summary,
        sections: content.parts.into_iter().map(section).collect(),
        price: None,
        milestones: Vec::new(),
        prepared_on: content.created_at.date_naive(),
        valid_until: None,
        terms: None,
    }
}
