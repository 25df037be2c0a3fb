//! `DELETE /v1/external-identities/{external_identity_id}`

use std::sync::Arc;

use kernel::ExternalIdentityId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    App, Operation, Problem,
    identity::{
        people::ways_in,
        sessions::{self, Done},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DisconnectExternalIdentity {
    external_identity_id: ExternalIdentityId,
}

pub(super) fn operation() -> Operation {
    operation!(account disconnect_external_identity(DisconnectExternalIdentity) -> Done)
        .delete("/v1/external-identities/{external_identity_id}")
        .tag("session")
        .says(
            "Disconnect an external identity",
            "It opens nothing from now on, and every other session of this person has ended. Refused where it is the \
             only way in: choose a password first.",
        )
        .answers_secret()
        .example(json!({
            "external_identity_id": ExternalIdentityId::from(uuid::Uuid::nil()),
        }))
}

async fn disconnect_external_identity(
    app: Arc<App>,
    visit: Visit,
    input: DisconnectExternalIdentity,
) -> Result<Reply<Done>, Problem> {
    let session = visit.verified(app.db.clock().now())?;
    let person = session.person.person_id;
    let mut tx = app.db.identity().await?;
    ways_in::hold(tx.conn(), person).await?;
    let gone = sqlx::query!(
        "delete from identity.external_identity where external_identity_id = $1 and person_id = $2",
        input.external_identity_id.uuid(),
        person.uuid(),
    )
    .execute(tx.conn())
    .await?;
    if gone.rows_affected() == 0 {
        return Err(Problem::not_found("external identity"));
    }
    ways_in::require_one(&app, tx.conn(), person).await?;
    sessions::end_all(tx.conn(), person).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    let tenant = session.tenant();
    sessions::note(&app, tenant, person, "disconnect_external_identity").await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
