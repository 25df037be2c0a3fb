//! How a person signs in: with a password, a passkey or an account at the provider. One of them always stays.

use kernel::PersonId;
use sqlx::PgConnection;

use crate::{App, Problem, identity::provider};

/// Holds the person's row, so that two ways in cannot go at once.
pub(in crate::identity) async fn hold(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<(), Problem> {
    sqlx::query!("select from identity.person where person_id = $1 for update", person.uuid())
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Refuses what took the last way in.
pub(in crate::identity) async fn require_one(
    app: &App,
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<(), Problem> {
    let is_left = sqlx::query_scalar!(
        r#"
        select p.password_hash is not null
            or exists (select from identity.passkey k where k.person_id = p.person_id) as "is_left!"
        from identity.person p where p.person_id = $1
        "#,
        person.uuid(),
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_left || provider::is_connected(app, conn, person).await? {
        return Ok(());
    }
    Err(Problem::new(
        "only-way-in",
        "without it you could not sign in any more; choose a password first: sign out, then \"Forgot your password?\"",
    ))
}
