//! `POST /v1/session/verification`

use std::sync::Arc;

use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Done, Proof, begin, prove};
use crate::{
    App, Operation, Problem,
    identity::{passkeys::PasskeyProof, second_factor::Shown},
    operation,
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
    /// The answer to `POST /v1/session/verification/challenge`, in the place of the password.
    #[serde(default)]
    passkey: Option<PasskeyProof>,
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
    let proof = match input {
        VerifySession { password: None, code: None, passkey: None } => {
            return Err(Problem::field("", "give `password`, `code` or `passkey`"));
        }
        VerifySession { password: Some(password), code: None, passkey: None } => {
            Proof::Password { password, pointer: "/password" }
        }
        VerifySession { code, passkey, .. } => {
            Proof::SecondFactor(Shown::open(&app, session, code, passkey).await?)
        }
    };
    prove(&app, &visit, session.person.person_id, proof).await?;
    let mut new = session.like();
    new.verified_at = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
