//! The operator's way when the second factor and its recovery codes are lost.

use kernel::PersonId;
use serde_json::json;

use super::recovery;
use crate::{
    App, Problem,
    identity::{
        people::{self, Wanted},
        sessions,
    },
    text::EmailAddress,
};

/// Takes the second factor from a person, passkeys included: the password alone lets them in, and every session of
/// theirs has ended.
///
/// For the program itself, on behalf of whoever may run it on this machine: nothing is asked. It is in the audit trail of
/// each of the person's tenants.
///
/// # Errors
/// `not-found` for an address that nobody has.
pub async fn reset(app: &App, email: &EmailAddress) -> Result<PersonId, Problem> {
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Email(&email.normalised())).await?;
    let person = found.ok_or_else(|| Problem::not_found("person"))?.person.person_id;
    sqlx::query!(
        "update identity.person set totp_sealed = null, totp_confirmed_at = null where person_id = $1",
        person.uuid(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from identity.passkey where person_id = $1", person.uuid())
        .execute(tx.conn())
        .await?;
    recovery::clear_unless_needed(tx.conn(), person).await?;
    sessions::end_all(tx.conn(), person).await?;
    let memberships = people::memberships(tx.conn(), person).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    for membership in memberships {
        let mut tx = app.db.tenant(membership.tenant_id).await?;
        let (actor, resource) = ("system:command-line", person.to_string());
        store::audit::record(&mut tx, actor, "reset_second_factor", &resource, &json!({})).await?;
        tx.commit().await?;
    }
    Ok(person)
}
