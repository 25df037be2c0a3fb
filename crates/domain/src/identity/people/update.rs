//! `PATCH /v1/person`

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::PersonView;
use crate::{
    App, Operation, Problem, operation,
    operation::{Reply, Visit},
    text::Name,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdatePerson {
    /// What colleagues call the person.
    name: Name,
}

pub(super) fn operation() -> Operation {
    operation!(account update_person(UpdatePerson) -> PersonView)
        .patch("/v1/person")
        .tag("session")
        .says("Change one's own name", "As colleagues see it, in every tenant.")
        .example(json!({ "name": "Ada Lovelace" }))
}

async fn update_person(
    app: Arc<App>,
    visit: Visit,
    input: UpdatePerson,
) -> Result<Reply<PersonView>, Problem> {
    let person = visit.signed_in()?.person.clone();
    let mut tx = app.db.identity().await?;
    sqlx::query!(
        "update identity.person set name = $2 where person_id = $1",
        person.person_id.uuid(),
        input.name.as_str(),
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(PersonView { name: input.name.as_str().to_owned(), ..person }))
}
