//! `GET /v1/intake-forms`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{FormRow, IntakeForm};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListIntakeForms {
    /// Only those that can be filled in, or only those that cannot.
    #[serde(default)]
    is_active: Option<bool>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_intake_forms(ListIntakeForms) -> Page<IntakeForm>, Permission::ReadForms)
        .get("/v1/intake-forms")
        .tag("intake forms")
        .says("List intake forms", "Newest first.")
        .example(json!({ "is_active": true }))
}

async fn list_intake_forms(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListIntakeForms,
) -> Result<Page<IntakeForm>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        FormRow,
        r#"
        select form_id, title, introduction, thank_you, source, assigned_to, fields, allowed_origins,
               is_active, created_at, updated_at
        from crm.intake_form
        where ($1::boolean is null or is_active = $1) and ($2::uuid is null or form_id < $2)
        order by form_id desc
        limit $3
        "#,
        input.is_active,
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let forms = rows.into_iter().map(IntakeForm::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(forms, limit, |form: &IntakeForm| form.form_id))
}
