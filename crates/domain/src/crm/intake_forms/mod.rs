//! Intake forms: what clients are asked, where they answer, and what they answered.

mod create;
mod fields;
mod get;
mod list;
mod page;
mod payload;
mod submissions;
mod submit;
#[cfg(test)]
mod tests;
mod update;

use std::net::IpAddr;

use kernel::{FormId, TenantId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::{Db, TenantTx};
use uuid::Uuid;

pub use fields::{FieldKind, FormField};
pub(crate) use page::router;
pub use payload::payload;

use crate::{Caller, Operation, Problem};

/// The event of a submission.
pub const SUBMITTED: &str = "client.intake.submitted";
/// Where such events come from.
pub const SOURCE: &str = "crm";

/// A form.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntakeForm {
    pub form_id: FormId,
    pub title: String,
    /// What stands above the fields.
    pub introduction: String,
    /// What is said after a submission.
    pub thank_you: String,
    /// What leads from this form carry as their source.
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    pub fields: Vec<FormField>,
    /// The sites that may embed the form, such as `https://studio.example`.
    pub allowed_origins: Vec<String>,
    /// Whether it can be filled in.
    pub is_active: bool,
    /// The page to fill it in, below this server's address.
    pub path: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

struct FormRow {
    form_id: Uuid,
    title: String,
    introduction: String,
    thank_you: String,
    source: String,
    assigned_to: Option<String>,
    fields: serde_json::Value,
    allowed_origins: Vec<String>,
    is_active: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<FormRow> for IntakeForm {
    type Error = Problem;

    fn try_from(row: FormRow) -> Result<Self, Problem> {
        let form_id = FormId::from(row.form_id);
        Ok(Self {
            form_id,
            title: row.title,
            introduction: row.introduction,
            thank_you: row.thank_you,
            source: row.source,
            assigned_to: row.assigned_to,
            fields: serde_json::from_value(row.fields).map_err(Problem::internal)?,
            allowed_origins: row.allowed_origins,
            is_active: row.is_active,
            path: format!("/forms/{form_id}"),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

async fn load(tx: &mut TenantTx, form: FormId) -> Result<IntakeForm, Problem> {
    sqlx::query_as!(
        FormRow,
        r#"
        select form_id, title, introduction, thank_you, source, assigned_to, fields, allowed_origins,
               is_active, created_at, updated_at
        from crm.intake_form where form_id = $1
        "#,
        form.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(unknown)?
    .try_into()
}

fn unknown() -> Problem {
    Problem::not_found("intake form")
}

/// Whoever comes to a form without a token.
pub(crate) async fn visitor(
    db: &Db,
    form: &str,
    address: Option<IpAddr>,
) -> Result<Caller, Problem> {
    let form: FormId = form.parse().map_err(|_not_an_id| unknown())?;
    // Bound to no tenant that exists: the look-up is a function that may see whose form it is.
    let mut tx = db.tenant(TenantId::from(Uuid::nil())).await?;
    let tenant = sqlx::query_scalar!("select crm.find_intake_form($1)", form.uuid())
        .fetch_one(tx.conn())
        .await?;
    tx.commit().await?;
    let tenant = tenant.ok_or_else(unknown)?;
    Ok(Caller::visitor(TenantId::from(tenant), form, address))
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        create::operation(),
        list::operation(),
        get::operation(),
        update::operation(),
        submissions::operation(),
        submit::operation(),
    ]
}
