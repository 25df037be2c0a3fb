//! `GET /v1/document-templates`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DocumentTemplate;
use crate::{App, Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListDocumentTemplates {}

#[derive(Debug, Serialize, JsonSchema)]
struct DocumentTemplateView {
    template: DocumentTemplate,
    /// The Typst file, below the folder `documents` of the templates.
    file: String,
    /// Changes with every change of the template, and of what all templates share.
    version: String,
    /// Whether it is as it came with the program; otherwise the operator's folder has it.
    is_shipped: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DocumentTemplates {
    items: Vec<DocumentTemplateView>,
}

pub(super) fn operation() -> Operation {
    operation!(
        outside list_document_templates(ListDocumentTemplates) -> DocumentTemplates,
        Permission::ReadTenant
    )
    .get("/v1/document-templates")
    .tag("branding")
    .says("List document templates", "What lays out deliverables, invoices and proposals as PDF.")
    .shows_no_client_text()
}

async fn list_document_templates(
    app: Arc<App>,
    _: Caller,
    _: ListDocumentTemplates,
) -> Result<DocumentTemplates, Problem> {
    let items = app.press.templates().iter().map(|it| DocumentTemplateView {
        template: it.template.into(),
        file: it.template.file().to_owned(),
        version: it.version.clone(),
        is_shipped: it.is_shipped,
    });
    Ok(DocumentTemplates { items: items.collect() })
}
