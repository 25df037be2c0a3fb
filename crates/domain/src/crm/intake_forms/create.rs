//! `POST /v1/intake-forms`

use kernel::FormId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{FormField, IntakeForm, fields};
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Name, Origin},
};

/// What is said when a form says nothing else.
const THANK_YOU: &str = "Thank you. We have your answers and will be in touch.";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateIntakeForm {
    title: Name,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    introduction: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    thank_you: Option<String>,
    /// What leads from this form carry as their source; `website_form` when left out.
    #[serde(default)]
    source: Option<Name>,
    #[serde(default)]
    assigned_to: Option<Name>,
    /// Everything that an intake can hold, when left out.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    fields: Option<Vec<FormField>>,
    /// The sites that may embed the form.
    #[serde(default)]
    #[schemars(length(max = 20))]
    allowed_origins: Vec<Origin>,
}

pub(super) fn operation() -> Operation {
    operation!(create_intake_form(CreateIntakeForm) -> IntakeForm, Permission::WriteForms)
        .post("/v1/intake-forms")
        .tag("intake forms")
        .says(
            "Create an intake form",
            "A public page at `path`, and `/embed.js` below it for other sites. Each submission makes \
             a lead, or is merged into the client's open one, and is told to subscribers as \
             `client.intake.submitted`.",
        )
        .creates()
        .about("form_id")
        .example(json!({
            "title": "Tell us about your project",
            "assigned_to": "sales_team",
            "allowed_origins": ["https://studio.example"],
        }))
}

async fn create_intake_form(
    tx: &mut TenantTx,
    _: &Caller,
    input: CreateIntakeForm,
) -> Result<IntakeForm, Problem> {
    let questions = input.fields.unwrap_or_else(fields::standard);
    fields::require_sound(&questions)?;
    let (id, now): (FormId, _) = (tx.new_id(), tx.now());
    let origins: Vec<String> = input.allowed_origins.into_iter().map(String::from).collect();
    sqlx::query!(
        r#"
        insert into crm.intake_form
            (form_id, title, introduction, thank_you, source, assigned_to, fields, allowed_origins,
             is_active, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $9)
        "#,
        id.uuid(),
        input.title.as_str(),
        input.introduction.as_deref().unwrap_or_default().trim(),
        input.thank_you.as_deref().unwrap_or(THANK_YOU).trim(),
        input.source.as_ref().map_or("website_form", Name::as_str),
        input.assigned_to.as_ref().map(Name::as_str),
        serde_json::to_value(&questions).map_err(Problem::internal)?,
        &origins,
        now,
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({ "form_id": id });
    tx.append("crm", "intake_form.created", Some(id.to_string()), facts).await?;
    super::load(tx, id).await
}
