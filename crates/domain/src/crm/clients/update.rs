//! `PATCH /v1/clients/{client_id}`

use kernel::{ClientId, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ClientRow, ClientView};
use crate::{
    Caller, Change, OnConstraint as _, Operation, Permission, Problem,
    change::require_seen,
    operation,
    text::{EmailAddress, PhoneNumber, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateClient {
    client_id: ClientId,
    #[serde(default)]
    #[schemars(with = "ShortText")]
    company_name: Option<ShortText>,
    /// Who writes from this address is this client, from now on. Who writes from the one before is a new one.
    #[serde(default)]
    #[schemars(with = "EmailAddress")]
    email: Option<EmailAddress>,
    #[serde(default)]
    contact_name: Change<ShortText>,
    #[serde(default)]
    phone: Change<PhoneNumber>,
    #[serde(default)]
    industry: Change<ShortText>,
    /// The `updated_at` of what was changed: refused where somebody else was faster.
    seen_updated_at: Timestamp,
}

pub(super) fn operation() -> Operation {
    operation!(update_client(UpdateClient) -> ClientView, Permission::WriteClients)
        .patch("/v1/clients/{client_id}")
        .tag("clients")
        .says(
            "Update a client",
            "Corrects who the client is. Fields that are left out stay as they are; `null` empties contact name, phone \
             and industry. What the client submits later wins again over what stands here. Documents that were made \
             stay as they are.",
        )
        .about("client_id")
        .example(json!({
            "client_id": "client_01h455vb4pex5vsknk084sn02q",
            "phone": "+1 555 010 0123",
            "industry": null,
            "seen_updated_at": "2026-01-01T11:00:00Z",
        }))
}

async fn update_client(
    tx: &mut TenantTx,
    _: &Caller,
    input: UpdateClient,
) -> Result<ClientView, Problem> {
    let before = locked(tx, input.client_id).await?;
    require_seen(before.updated_at, input.seen_updated_at)?;
    let (after, changed) = change(&input, &before);
    if changed.is_empty() {
        return before.try_into();
    }
    let after = store(tx, &after).await?;
    let facts = json!({ "client_id": input.client_id, "changed": changed });
    tx.append("crm", "client.updated", Some(input.client_id.to_string()), facts).await?;
    after.try_into()
}

/// The client, whose row stays locked until the transaction ends.
async fn locked(tx: &mut TenantTx, client: ClientId) -> Result<ClientRow, Problem> {
    sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client where client_id = $1 for update
        "#,
        client.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("client"))
}

/// Who the client is afterwards.
struct Facts {
    client: ClientId,
    company_name: String,
    email: String,
    email_norm: Option<String>,
    contact_name: Option<String>,
    phone: Option<String>,
    industry: Option<String>,
}

/// What the client is afterwards, and which fields are another than before.
fn change(input: &UpdateClient, before: &ClientRow) -> (Facts, Vec<&'static str>) {
    let name = input.company_name.as_ref().map_or(&*before.company_name, ShortText::as_str);
    let email = input.email.as_ref().map_or(&*before.email, EmailAddress::as_str);
    let after = Facts {
        client: input.client_id,
        company_name: name.to_owned(),
        email: email.to_owned(),
        email_norm: input.email.as_ref().map(EmailAddress::normalised),
        contact_name: input.contact_name.applied(before.contact_name.as_deref(), ShortText::as_str),
        phone: input.phone.applied(before.phone.as_deref(), PhoneNumber::as_str),
        industry: input.industry.applied(before.industry.as_deref(), ShortText::as_str),
    };
    let differs = [
        ("company_name", after.company_name != before.company_name),
        ("email", after.email != before.email),
        ("contact_name", after.contact_name != before.contact_name),
        ("phone", after.phone != before.phone),
        ("industry", after.industry != before.industry),
    ];
    let changed = differs.into_iter().filter_map(|(name, differs)| differs.then_some(name));
    (after, changed.collect())
}

async fn store(tx: &mut TenantTx, after: &Facts) -> Result<ClientRow, Problem> {
    let now = tx.now();
    sqlx::query_as!(
        ClientRow,
        r#"
        update crm.client set
            company_name = $2, email = $3, email_norm = coalesce($4, email_norm), contact_name = $5, phone = $6,
            industry = $7, updated_at = $8
        where client_id = $1
        returning client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        "#,
        after.client.uuid(),
        after.company_name,
        after.email,
        after.email_norm,
        after.contact_name,
        after.phone,
        after.industry,
        now,
    )
    .fetch_one(tx.conn())
    .await
    .on_constraint("client_email_key", email_taken)
}

fn email_taken() -> Problem {
    Problem::new(
        "client-email-taken",
        "another client has this e-mail address; look that one up, or give another address",
    )
}
