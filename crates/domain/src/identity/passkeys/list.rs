//! `GET /v1/passkeys` and `PATCH /v1/passkeys/{passkey_id}`

use std::sync::Arc;

use kernel::PasskeyId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PasskeyView, relying_party::RelyingParty};
use crate::{
    App, Operation, Problem, operation,
    operation::{Reply, Visit},
    text::Name,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListPasskeys {}

#[derive(Debug, Serialize, JsonSchema)]
struct Passkeys {
    items: Vec<PasskeyView>,
    /// Where a page must come from to use passkeys.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// Why there can be none at the program's address, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(account list_passkeys(ListPasskeys) -> Passkeys)
        .get("/v1/passkeys")
        .tag("session")
        .says("List passkeys", "Those of the person who asks, the oldest first.")
}

async fn list_passkeys(
    app: Arc<App>,
    visit: Visit,
    _: ListPasskeys,
) -> Result<Reply<Passkeys>, Problem> {
    let session = visit.signed_in()?;
    let (origin, unavailable) = match RelyingParty::of(app.public_url()) {
        Ok(party) => (Some(party.origin), None),
        Err(problem) => (None, Some(problem.detail().to_owned())),
    };
    let mut tx = app.db.identity().await?;
    let items = sqlx::query_as!(
        PasskeyView,
        r#"
        select passkey_id, name, created_at, last_used_at
        from identity.passkey where person_id = $1
        order by created_at, passkey_id
        "#,
        session.person.person_id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(Reply::new(Passkeys { items, origin, unavailable }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RenamePasskey {
    passkey_id: PasskeyId,
    name: Name,
}

pub(super) fn rename_operation() -> Operation {
    operation!(account rename_passkey(RenamePasskey) -> PasskeyView)
        .patch("/v1/passkeys/{passkey_id}")
        .tag("session")
        .says("Rename a passkey", "For the list; the device goes on calling it what it did.")
        .answers_secret()
        .example(json!({ "passkey_id": PasskeyId::from(uuid::Uuid::nil()), "name": "Old phone" }))
}

async fn rename_passkey(
    app: Arc<App>,
    visit: Visit,
    input: RenamePasskey,
) -> Result<Reply<PasskeyView>, Problem> {
    let session = visit.signed_in()?;
    let mut tx = app.db.identity().await?;
    let renamed = sqlx::query_as!(
        PasskeyView,
        r#"
        update identity.passkey set name = $3 where passkey_id = $1 and person_id = $2
        returning passkey_id, name, created_at, last_used_at
        "#,
        input.passkey_id.uuid(),
        session.person.person_id.uuid(),
        input.name.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("passkey"))?;
    tx.commit().await?;
    Ok(Reply::new(renamed))
}
