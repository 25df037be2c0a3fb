//! `GET /v1/intake-forms/{form_id}`

use kernel::FormId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::IntakeForm;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetIntakeForm {
    form_id: FormId,
}

pub(super) fn operation() -> Operation {
    operation!(get_intake_form(GetIntakeForm) -> IntakeForm, Permission::ReadForms)
        .get("/v1/intake-forms/{form_id}")
        .tag("intake forms")
        .says("Get an intake form", "The form with its fields.")
        .about("form_id")
        .example(json!({ "form_id": "form_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_intake_form(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetIntakeForm,
) -> Result<IntakeForm, Problem> {
    super::load(tx, input.form_id).await
}
