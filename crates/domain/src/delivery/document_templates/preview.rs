//! `GET /v1/document-templates/{template}/preview`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::DocumentTemplate;
use crate::{
    App, Caller, Operation, Permission, Problem, identity::branding, operation, operation::File,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PreviewDocumentTemplate {
    template: DocumentTemplate,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside preview_document_template(PreviewDocumentTemplate) -> File,
        Permission::ReadTenant
    )
    .get("/v1/document-templates/{template}/preview")
    .answers_file("application/pdf")
    .tag("branding")
    .says(
        "Preview a document template",
        "A document about a client that does not exist, in the tenant's branding.",
    )
    .example(json!({ "template": "invoice" }))
}

async fn preview_document_template(
    app: Arc<App>,
    caller: Caller,
    input: PreviewDocumentTemplate,
) -> Result<File, Problem> {
    let mut tx = app.db.tenant(caller.tenant).await?;
    let branding = branding::load(&mut tx).await?;
    let now = tx.now();
    tx.commit().await?;
    let template = documents::Template::from(input.template);
    let pdf = app.press.print(documents::sample::sample(template), branding, now).await?;
    let name = template.file().trim_end_matches(".typ");
    Ok(File::new(&["Preview", name], "pdf", "application/pdf", &pdf.bytes))
}
