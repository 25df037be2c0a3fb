//! `POST /v1/totp`, `PUT /v1/totp` and `DELETE /v1/totp`

use std::sync::Arc;

use kernel::{PersonId, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use store::seal::Context;
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use super::recovery;
use crate::{
    App, Operation, Problem,
    identity::{
        people::{self, Credentials, Wanted},
        sessions::{self, Done},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
};

pub(super) const DIGITS: usize = 6;
/// 160 bits, as RFC 4226 recommends.
const SECRET_LENGTH: usize = 20;
const ISSUER: &str = "Handoff";
const PURPOSE: &str = "identity.person.totp_sealed";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BeginTotp {}

/// What an authenticator app is told.
#[derive(Debug, Serialize, JsonSchema)]
struct BegunTotp {
    /// In base 32, for typing.
    secret: String,
    /// `otpauth://…`, to be shown as a QR code.
    uri: String,
}

pub(super) fn begin_operation() -> Operation {
    operation!(account begin_totp(BeginTotp) -> BegunTotp)
        .post("/v1/totp")
        .tag("session")
        .says(
            "Begin to use an authenticator app",
            "Answers what the app is told. It is in use once a first code proved that it works: `PUT /v1/totp`. Until \
             then whatever was in use stays.",
        )
        .answers_secret()
}

async fn begin_totp(
    app: Arc<App>,
    visit: Visit,
    _: BeginTotp,
) -> Result<Reply<BegunTotp>, Problem> {
    let person = &visit.verified(app.db.clock().now())?.person;
    let mut secret = vec![0_u8; SECRET_LENGTH];
    app.db.random().fill(&mut secret);
    let sealed = app
        .keyring
        .seal(&context(person.person_id.uuid().as_bytes()), &secret, app.db.random())
        .map_err(Problem::internal)?;
    let mut tx = app.db.identity().await?;
    let known = people::find(tx.conn(), Wanted::Id(person.person_id)).await?;
    if known.is_some_and(|known| known.has_totp()) {
        return Err(Problem::new(
            "second-factor-in-use",
            "an authenticator app is in use already; remove it first",
        ));
    }
    sqlx::query!(
        "update identity.person set totp_sealed = $2, totp_confirmed_at = null, totp_step = 0 where person_id = $1",
        person.person_id.uuid(),
        sealed,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    let totp = totp_of(secret, &person.email)?;
    let uri = totp.to_url().map_err(Problem::internal)?;
    Ok(Reply::new(BegunTotp { secret: totp.secret().to_base32(), uri }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmTotp {
    /// The six digits that the app shows.
    #[schemars(length(min = 6, max = 10))]
    code: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ConfirmedTotp {
    /// Ways in when the app is lost, each once. They are shown this once.
    recovery_codes: Vec<String>,
}

pub(super) fn confirm_operation() -> Operation {
    operation!(account confirm_totp(ConfirmTotp) -> ConfirmedTotp)
        .put("/v1/totp")
        .tag("session")
        .says(
            "Use an authenticator app",
            "Proves with a first code that the app works. From then on signing in asks for one, every other session of \
             this person has ended, and earlier recovery codes stop working.",
        )
        .answers_secret()
        .example(json!({ "code": "123456" }))
}

async fn confirm_totp(
    app: Arc<App>,
    visit: Visit,
    input: ConfirmTotp,
) -> Result<Reply<ConfirmedTotp>, Problem> {
    let session = visit.verified(app.db.clock().now())?;
    let person = session.person.person_id;
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    let known = found.ok_or_else(|| Problem::not_found("person"))?;
    if known.totp_sealed.is_none() {
        return Err(Problem::new("second-factor-missing", "begin with `POST /v1/totp`"));
    }
    if !take(&app, tx.conn(), &known, input.code.trim()).await? {
        return Err(Problem::field(
            "/code",
            "is not what the app should show; check the clock of the phone and try the next code",
        ));
    }
    sqlx::query!(
        "update identity.person set totp_confirmed_at = $2 where person_id = $1",
        person.uuid(),
        app.db.clock().now(),
    )
    .execute(tx.conn())
    .await?;
    let recovery_codes = recovery::replace(tx.conn(), person, app.db.random()).await?;
    sessions::end_all(tx.conn(), person).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(ConfirmedTotp { recovery_codes }).with_cookie(CookieChange::Set(text)))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveTotp {}

pub(super) fn remove_operation() -> Operation {
    operation!(account remove_totp(RemoveTotp) -> Done)
        .delete("/v1/totp")
        .tag("session")
        .says(
            "Stop using the authenticator app",
            "Signing in asks for the password only, unless there is a passkey. Without one the recovery codes are gone, \
             too. Every other session has ended.",
        )
        .answers_secret()
}

async fn remove_totp(app: Arc<App>, visit: Visit, _: RemoveTotp) -> Result<Reply<Done>, Problem> {
    let session = visit.verified(app.db.clock().now())?;
    let person = session.person.person_id;
    let mut tx = app.db.identity().await?;
    sqlx::query!(
        "update identity.person set totp_sealed = null, totp_confirmed_at = null where person_id = $1",
        person.uuid(),
    )
    .execute(tx.conn())
    .await?;
    recovery::clear_unless_needed(tx.conn(), person).await?;
    sessions::end_all(tx.conn(), person).await?;
    let text = sessions::begin(&app, tx.conn(), &visit, session.like()).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}

/// Whether a code is the app's at the moment, one step before or after, and newer than every code taken before.
pub(super) async fn take(
    app: &App,
    conn: &mut PgConnection,
    known: &Credentials,
    code: &str,
) -> Result<bool, Problem> {
    let Some(sealed) = &known.totp_sealed else { return Ok(false) };
    let person: PersonId = known.person.person_id;
    let uuid = person.uuid();
    let opened = app.keyring.open(&context(uuid.as_bytes()), sealed).map_err(Problem::internal)?;
    let totp = totp_of(opened.expose().to_vec(), &known.person.email)?;
    let now = u64::try_from(app.db.clock().now().timestamp()).unwrap_or(0);
    let Some(step) = totp.check(code, now) else { return Ok(false) };
    let step = i64::try_from(step).map_err(Problem::internal)?;
    let taken = sqlx::query!(
        "update identity.person set totp_step = $2 where person_id = $1 and totp_step < $2",
        uuid,
        step,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// SHA-1, six digits, thirty seconds: what every app can do.
fn totp_of(secret: Vec<u8>, account: &str) -> Result<Totp, Problem> {
    Builder::new()
        .with_secret(secret)
        .with_skew(1)
        .with_issuer(Some(ISSUER))
        // A colon would end the account's name in the address of the code.
        .with_account_name(account.replace(':', "_"))
        .build()
        .map_err(Problem::internal)
}

/// People belong to no tenant, and neither do their secrets.
fn context(row: &[u8]) -> Context<'_> {
    Context { tenant: TenantId::from(Uuid::nil()), purpose: PURPOSE, row }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the SHA-1 secret, at 59 s and 1111111109 s, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let totp = totp_of(b"12345678901234567890".to_vec(), "ada@example.com").unwrap();
        assert_eq!(totp.check("287082", 59), Some(1));
        assert_eq!(totp.check("081804", 1_111_111_109), Some(37_037_036));
        assert_eq!(totp.check("081804", 1_111_111_109 + 60), None);
        assert!(totp.to_url().unwrap().starts_with("otpauth://totp/Handoff:ada%40example.com?"));
    }
}
