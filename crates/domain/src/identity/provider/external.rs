//! What is kept of who is who at the provider.

use kernel::{ExternalIdentityId, PersonId, Timestamp};
use sqlx::PgConnection;

use super::{ProviderSettings, conversation::Asserted};
use crate::{
    App, OnConstraint as _, Problem,
    identity::people::{self, Credentials, Wanted},
};

/// Whether a person can sign in through the provider of this installation.
pub(in crate::identity) async fn is_connected(
    app: &App,
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<bool, Problem> {
    let Some(settings) = app.outside.identity_provider() else { return Ok(false) };
    let found = sqlx::query_scalar!(
        r#"
        select exists (
            select from identity.external_identity where person_id = $1 and issuer = $2
        ) as "found!"
        "#,
        person.uuid(),
        settings.issuer,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// The person whom the provider means, if one is connected and may sign in.
pub(super) async fn find(
    conn: &mut PgConnection,
    settings: &ProviderSettings,
    asserted: &Asserted,
) -> Result<Option<Credentials>, Problem> {
    let person = sqlx::query_scalar!(
        "select person_id from identity.external_identity where issuer = $1 and subject = $2",
        settings.issuer,
        asserted.subject,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(person) = person else { return Ok(None) };
    let known = people::find(conn, Wanted::Id(person.into())).await?;
    Ok(known.filter(|known| !known.is_disabled))
}

/// Connects a person with whom the provider means. `email` is what the provider has verified.
pub(super) async fn connect(
    app: &App,
    conn: &mut PgConnection,
    person: PersonId,
    asserted: &Asserted,
    email: &str,
) -> Result<(), Problem> {
    let settings = super::settings(app)?;
    let id: ExternalIdentityId = app.db.new_id();
    let taken = |detail: String| Problem::new("identity-taken", detail);
    let inserted = sqlx::query!(
        r#"
        insert into identity.external_identity
            (external_identity_id, person_id, issuer, subject, email, connected_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        id.uuid(),
        person.uuid(),
        settings.issuer,
        asserted.subject,
        email,
        app.db.clock().now(),
    )
    .execute(conn)
    .await;
    match inserted {
        Err(sqlx::Error::Database(refusal))
            if refusal.constraint() == Some("external_identity_person_key") =>
        {
            Err(taken(format!(
                "you are connected with another account at {} already; disconnect it first",
                settings.name
            )))
        }
        other => other
            .on_constraint("external_identity_subject_key", || {
                taken(format!(
                    "this account at {} is connected with another person here; sign in as that person and disconnect \
                     it, or use another account",
                    settings.name
                ))
            })
            .map(drop),
    }
}

/// Notes that somebody came by it.
pub(super) async fn used(
    conn: &mut PgConnection,
    settings: &ProviderSettings,
    asserted: &Asserted,
    now: Timestamp,
) -> Result<(), Problem> {
    sqlx::query!(
        "update identity.external_identity set used_at = $3 where issuer = $1 and subject = $2",
        settings.issuer,
        asserted.subject,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nobody here is whom the provider means. The same whether or not somebody has the same e-mail address.
pub(super) fn unknown(settings: &ProviderSettings) -> Problem {
    Problem::new(
        "identity-unknown",
        format!(
            "nobody here is connected with this account at {name}; sign in with your password and connect {name} on \
             your account page, or open your invitation",
            name = settings.name
        ),
    )
}
