//! `POST /v1/password-reset` and `PUT /v1/password-reset`

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{check, hash, store};
use crate::{
    App, Operation, Problem,
    identity::{
        people::{self, Wanted},
        sessions::{self, Done},
        tokens::random_text,
    },
    operation,
    operation::{Reply, Visit},
    text::EmailAddress,
};

/// How long a link is valid.
const VALID: TimeDelta = TimeDelta::minutes(30);
/// How many links of one person are valid at once, so that nobody's mailbox is filled by others.
const LINKS_MAX: i64 = 3;
const TOKEN_LENGTH: usize = 43;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestPasswordReset {
    email: EmailAddress,
}

/// The same answer whether or not there is such a person.
#[derive(Debug, Serialize, JsonSchema)]
struct RequestedPasswordReset {
    /// How long the link in the e-mail is valid.
    valid_minutes: i64,
}

pub(super) fn request_operation() -> Operation {
    operation!(account request_password_reset(RequestPasswordReset) -> RequestedPasswordReset)
        .post("/v1/password-reset")
        .tag("session")
        .says(
            "Ask for a link to choose a new password with",
            "It goes out by e-mail through the e-mail connection of a tenant that the person is a member of. The \
             answer is the same for an address that nobody has.",
        )
        .answers_secret()
        .example(json!({ "email": "ada@example.com" }))
}

async fn request_password_reset(
    app: Arc<App>,
    _: Visit,
    input: RequestPasswordReset,
) -> Result<Reply<RequestedPasswordReset>, Problem> {
    let work = Arc::clone(&app);
    // Whether there is such a person must not show in how long the answer takes.
    app.work.spawn(async move {
        if let Err(problem) = send_link(&work, &input.email).await {
            problem.log();
        }
    });
    Ok(Reply::new(RequestedPasswordReset { valid_minutes: VALID.num_minutes() }))
}

async fn send_link(app: &App, email: &EmailAddress) -> Result<(), Problem> {
    let now = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let Some(found) = people::find(tx.conn(), Wanted::Email(&email.normalised())).await? else {
        return Ok(());
    };
    let person = found.person;
    let tenants = people::memberships(tx.conn(), person.person_id).await?;
    sqlx::query!("delete from identity.password_reset where expires_at <= $1", now)
        .execute(tx.conn())
        .await?;
    let token = random_text(app.db.random(), TOKEN_LENGTH);
    let made = sqlx::query!(
        r#"
        insert into identity.password_reset (secret_hash, person_id, created_at, expires_at)
        select $1, $2, $3, $4
        where (select count(*) from identity.password_reset where person_id = $2) < $5
        "#,
        &sessions::hash_of(&token),
        person.person_id.uuid(),
        now,
        now + VALID,
        LINKS_MAX,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    tx.commit().await?;
    if made == 0 || found.is_disabled {
        return Ok(());
    }
    let link = app.public_url().link(&format!("/reset-password#{token}"));
    let text = format!(
        "Somebody, hopefully you, asked for a new password for {}.\n\nChoose one here, within {} minutes:\n{link}\n\n\
         If it was not you, do nothing: your password stays as it is.\n",
        person.email,
        VALID.num_minutes(),
    );
    for tenant in tenants {
        let sent = app
            .outside
            .send_mail(tenant.tenant_id, &person.email, "Choose a new password", &text)
            .await;
        match sent {
            Ok(()) => return Ok(()),
            Err(reason) => {
                tracing::warn!(tenant = %tenant.tenant_id, %reason, "a link to choose a password was not sent");
            }
        }
    }
    Ok(())
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetPassword {
    /// From the link: what follows `#`.
    token: Secret,
    /// At least 12 characters, of any kind.
    new_password: Secret,
}

pub(super) fn operation() -> Operation {
    operation!(account reset_password(ResetPassword) -> Done)
        .put("/v1/password-reset")
        .tag("session")
        .says(
            "Choose a new password with a link",
            "The link works once. Every session of the person ends; a second factor stays, and is asked for when \
             they sign in.",
        )
        .answers_secret()
        .example(json!({ "token": "what follows # in the link", "new_password": "another fine giraffe" }))
}

async fn reset_password(
    app: Arc<App>,
    _: Visit,
    input: ResetPassword,
) -> Result<Reply<Done>, Problem> {
    let now = app.db.clock().now();
    let secret = sessions::hash_of(input.token.expose());
    let mut tx = app.db.identity().await?;
    let person = sqlx::query!(
        r#"
        select p.person_id, p.email, p.name
        from identity.password_reset r join identity.person p using (person_id)
        where r.secret_hash = $1 and $2 < r.expires_at
        "#,
        &secret,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(expired)?;
    tx.commit().await?;
    check("/new_password", &input.new_password, &[&person.email, &person.name])?;
    let hashed = hash(&app, input.new_password).await?;
    let mut tx = app.db.identity().await?;
    let used = sqlx::query!(
        "delete from identity.password_reset where secret_hash = $1 returning person_id",
        &secret,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(expired)?;
    let id = used.person_id.into();
    sqlx::query!("delete from identity.password_reset where person_id = $1", used.person_id)
        .execute(tx.conn())
        .await?;
    store(tx.conn(), id, &hashed).await?;
    sessions::end_all(tx.conn(), id).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(Done { done: true }))
}

fn expired() -> Problem {
    Problem::new("link-expired", "this link was used or has expired; ask for another one")
}
