//! `DELETE /v1/external-identities/{external_identity_id}`

use std::sync::Arc;

use kernel::{ExternalIdentityId, PersonId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use super::external;
use crate::{
    App, Operation, Problem,
    identity::sessions::{self, Done},
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
    let has_password = hold(tx.conn(), person).await?;
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
    if !has_password && !external::is_connected(&app, tx.conn(), person).await? {
        return Err(Problem::new(
            "only-way-in",
            "without it you could not sign in any more; choose a password first: sign out, then \"Forgot your \
             password?\"",
        ));
    }
    sessions::end_all(tx.conn(), person).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    let tenant = session.tenant();
    sessions::note(&app, tenant, person, "disconnect_external_identity").await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}

/// Whether there is a password. The person's row is held, so that two ways in cannot go at once.
async fn hold(conn: &mut PgConnection, person: PersonId) -> Result<bool, Problem> {
    let has_password = sqlx::query_scalar!(
        r#"
        select password_hash is not null as "has_password!"
        from identity.person where person_id = $1 for update
        "#,
        person.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(has_password)
}
