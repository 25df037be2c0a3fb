//! `GET /v1/deliverables/{deliverable_id}/pdf`

use std::sync::Arc;

use documents::{Deliverable, Document};
use kernel::DeliverableId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::DeliverableStatus;
use crate::{
    App, Caller, Operation, Permission, Problem, identity::branding, operation, operation::File,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetDeliverablePdf {
    deliverable_id: DeliverableId,
}

pub(super) fn operation() -> Operation {
    operation!(outside get_deliverable_pdf(GetDeliverablePdf) -> File, Permission::ReadDeliverables)
        .get("/v1/deliverables/{deliverable_id}/pdf")
        .answers_file("application/pdf")
        .tag("deliverables")
        .says(
            "Get a deliverable as PDF",
            "In the tenant's branding. The same text in the same branding is the same file, to the byte.",
        )
        .about("deliverable_id")
        .example(json!({ "deliverable_id": "deliv_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_deliverable_pdf(
    app: Arc<App>,
    caller: Caller,
    input: GetDeliverablePdf,
) -> Result<File, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let detail = super::load(&mut tx, input.deliverable_id).await?;
    let lead = crate::crm::leads::load(&mut tx, &caller, detail.deliverable.lead_id).await?;
    let branding = branding::load(&mut tx).await?;
    tx.commit().await?;
    let deliverable = detail.deliverable;
    let (title, company_name) = (deliverable.r#type.title(), lead.lead.company_name);
    let document = Document::Deliverable(Deliverable {
        title: title.to_owned(),
        company_name: company_name.clone(),
        markdown: detail.markdown,
        generated_at: deliverable.generated_at,
        ai_model: deliverable.ai_model,
        is_draft: deliverable.status != DeliverableStatus::Approved,
    });
    let pdf = app.press.print(document, branding, deliverable.generated_at).await?;
    Ok(File::new(&[title, &company_name], "pdf", "application/pdf", &pdf.bytes))
}
