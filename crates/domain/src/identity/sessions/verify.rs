//! `POST /v1/session/verification`

use std::sync::Arc;

use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Done, Proof, begin, prove};
use crate::{
    App, Operation, Problem, operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifySession {
    #[serde(default)]
    password: Option<Secret>,
    /// Six digits from the authenticator app, or a recovery code, in the place of the password.
    #[serde(default)]
    #[schemars(length(min = 6, max = 40))]
    code: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(account verify_session(VerifySession) -> Done)
        .post("/v1/session/verification")
        .tag("session")
        .says(
            "Prove again who you are",
            "Tokens, credentials, roles and exports ask for it when the last proof is older than ten minutes.",
        )
        .answers_secret()
        .example(json!({ "password": "correct horse battery" }))
}

async fn verify_session(
    app: Arc<App>,
    visit: Visit,
    input: VerifySession,
) -> Result<Reply<Done>, Problem> {
    let session = visit.signed_in()?;
    let pointer = if input.code.is_some() { "/code" } else { "/password" };
    let proof = Proof { password: input.password, code: input.code };
    prove(&app, &visit, session.person.person_id, proof, pointer).await?;
    let mut new = session.like();
    new.verified_at = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
