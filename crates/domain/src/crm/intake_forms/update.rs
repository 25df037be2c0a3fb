//! `PATCH /v1/intake-forms/{form_id}`

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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateIntakeForm {
    form_id: FormId,
    #[serde(default)]
    title: Option<Name>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    introduction: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    thank_you: Option<String>,
    #[serde(default)]
    source: Option<Name>,
    #[serde(default)]
    assigned_to: Option<Name>,
    /// All of them: those that are left out go. What was submitted stays as it was.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    fields: Option<Vec<FormField>>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    allowed_origins: Option<Vec<Origin>>,
    /// `false` closes the form.
    #[serde(default)]
    is_active: Option<bool>,
}

pub(super) fn operation() -> Operation {
    operation!(update_intake_form(UpdateIntakeForm) -> IntakeForm, Permission::WriteForms)
        .patch("/v1/intake-forms/{form_id}")
        .tag("intake forms")
        .says("Change an intake form", "Fields of this request that are left out stay as they are.")
        .about("form_id")
        .example(json!({ "form_id": "form_01h455vb4pex5vsknk084sn02q", "is_active": false }))
}

async fn update_intake_form(
    tx: &mut TenantTx,
    _: &Caller,
    input: UpdateIntakeForm,
) -> Result<IntakeForm, Problem> {
    let questions = match &input.fields {
        Some(questions) => {
            fields::require_sound(questions)?;
            Some(serde_json::to_value(questions).map_err(Problem::internal)?)
        }
        None => None,
    };
    let origins: Option<Vec<String>> =
        input.allowed_origins.map(|all| all.into_iter().map(String::from).collect());
    let now = tx.now();
    let changed = sqlx::query!(
        r#"
        update crm.intake_form set
            title           = coalesce($2, title),
            introduction    = coalesce($3, introduction),
            thank_you       = coalesce($4, thank_you),
            source          = coalesce($5, source),
            assigned_to     = coalesce($6, assigned_to),
            fields          = coalesce($7, fields),
            allowed_origins = coalesce($8, allowed_origins),
            is_active       = coalesce($9, is_active),
            updated_at      = $10
        where form_id = $1
        "#,
        input.form_id.uuid(),
        input.title.as_ref().map(Name::as_str),
        input.introduction.as_deref().map(str::trim),
        input.thank_you.as_deref().map(str::trim),
        input.source.as_ref().map(Name::as_str),
        input.assigned_to.as_ref().map(Name::as_str),
        questions,
        origins.as_deref(),
        input.is_active,
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(super::unknown());
    }
    let facts = json!({ "form_id": input.form_id });
    tx.append("crm", "intake_form.updated", Some(input.form_id.to_string()), facts).await?;
    super::load(tx, input.form_id).await
}
