//! `PUT /v1/password`

use std::sync::Arc;

use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{check, hash, store};
use crate::{
    App, Operation, Problem,
    identity::{
        people::{self, Wanted},
        sessions::{self, Done, Proof},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    current_password: Secret,
    /// At least 12 characters, of any kind.
    new_password: Secret,
}

pub(super) fn operation() -> Operation {
    operation!(account change_password(ChangePassword) -> Done)
        .put("/v1/password")
        .tag("session")
        .says(
            "Change the password",
            "Every other session of this person ends, and this one gets a new cookie.",
        )
        .answers_secret()
        .example(json!({ "current_password": "correct horse battery", "new_password": "another fine giraffe" }))
}

async fn change_password(
    app: Arc<App>,
    visit: Visit,
    input: ChangePassword,
) -> Result<Reply<Done>, Problem> {
    let session = visit.signed_in()?;
    let person = session.person.clone();
    let proof = Proof::Password { password: input.current_password, pointer: "/current_password" };
    sessions::prove(&app, &visit, person.person_id, proof).await?;
    check("/new_password", &input.new_password, &[&person.email, &person.name])?;
    let hashed = hash(&app, input.new_password).await?;
    let mut tx = app.db.identity().await?;
    let known = people::find(tx.conn(), Wanted::Id(person.person_id)).await?;
    known.ok_or_else(|| Problem::not_found("person"))?;
    store(tx.conn(), person.person_id, &hashed).await?;
    sessions::end_all(tx.conn(), person.person_id).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
