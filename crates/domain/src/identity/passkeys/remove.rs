//! `DELETE /v1/passkeys/{passkey_id}`

use std::sync::Arc;

use kernel::PasskeyId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    App, Operation, Problem,
    identity::{
        people::ways_in,
        second_factor::recovery,
        sessions::{self, Done},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemovePasskey {
    passkey_id: PasskeyId,
}

pub(super) fn operation() -> Operation {
    operation!(account remove_passkey(RemovePasskey) -> Done)
        .delete("/v1/passkeys/{passkey_id}")
        .tag("session")
        .says(
            "Remove a passkey",
            "It opens nothing any more, and every other session of this person has ended. Refused where it is the only way in. With the last second factor \
             the recovery codes are gone, too.",
        )
        .answers_secret()
        .example(json!({ "passkey_id": PasskeyId::from(uuid::Uuid::nil()) }))
}

async fn remove_passkey(
    app: Arc<App>,
    visit: Visit,
    input: RemovePasskey,
) -> Result<Reply<Done>, Problem> {
    let session = visit.verified(app.db.clock().now())?;
    let person = session.person.person_id;
    let mut tx = app.db.identity().await?;
    ways_in::hold(tx.conn(), person).await?;
    let removed = sqlx::query!(
        "delete from identity.passkey where passkey_id = $1 and person_id = $2",
        input.passkey_id.uuid(),
        person.uuid(),
    )
    .execute(tx.conn())
    .await?;
    if removed.rows_affected() == 0 {
        return Err(Problem::not_found("passkey"));
    }
    ways_in::require_one(&app, tx.conn(), person).await?;
    recovery::clear_unless_needed(tx.conn(), person).await?;
    sessions::end_all(tx.conn(), person).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    let tenant = session.tenant();
    sessions::note(&app, tenant, person, "remove_passkey").await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
