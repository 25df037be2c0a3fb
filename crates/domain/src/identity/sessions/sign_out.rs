//! `DELETE /v1/session`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Done, note};
use crate::{
    App, Operation, Problem, operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignOut {}

pub(super) fn operation() -> Operation {
    operation!(account sign_out(SignOut) -> Done)
        .delete("/v1/session")
        .tag("session")
        .says("Sign out", "Ends the session of this browser. Signing out twice changes nothing.")
        .answers_secret()
}

async fn sign_out(app: Arc<App>, visit: Visit, _: SignOut) -> Result<Reply<Done>, Problem> {
    if let Some(session) = &visit.session {
        let mut tx = app.db.identity().await?;
        sqlx::query!(
            "delete from identity.session where session_id = $1",
            session.session_id.uuid()
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        app.sessions.forget_all();
        let tenant = session.tenant();
        note(&app, tenant, session.person.person_id, "sign_out").await?;
    }
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Clear))
}
