//! `POST /v1/recovery-codes`

use std::sync::Arc;

use kernel::{PersonId, Random, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    App, Operation, Problem,
    identity::{
        people::{self, Wanted},
        sessions::hash_of,
        tokens::random_text,
    },
    operation,
    operation::{Reply, Visit},
};

const COUNT: usize = 10;
/// 20 letters and digits hold more than 100 bits, so that a plain hash is enough.
const LENGTH: usize = 20;
const GROUP: usize = 5;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRecoveryCodes {}

#[derive(Debug, Serialize, JsonSchema)]
struct RecoveryCodes {
    /// Each works once, in the place of the second factor. They are shown this once.
    recovery_codes: Vec<String>,
}

pub(super) fn operation() -> Operation {
    operation!(account create_recovery_codes(CreateRecoveryCodes) -> RecoveryCodes)
        .post("/v1/recovery-codes")
        .tag("session")
        .says("Make new recovery codes", "The earlier ones stop working.")
        .answers_secret()
}

async fn create_recovery_codes(
    app: Arc<App>,
    visit: Visit,
    _: CreateRecoveryCodes,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let person = visit.verified(app.db.clock().now())?.person.person_id;
    let mut tx = app.db.identity().await?;
    let known = people::find(tx.conn(), Wanted::Id(person)).await?;
    if !known.is_some_and(|known| known.has_second_factor()) {
        return Err(Problem::new(
            "second-factor-missing",
            "recovery codes stand in for a second factor; first add a passkey, or set up an authenticator app with \
             `POST /v1/totp`",
        ));
    }
    let recovery_codes = replace(tx.conn(), person, app.db.random()).await?;
    tx.commit().await?;
    Ok(Reply::new(RecoveryCodes { recovery_codes }))
}

/// New codes in the place of all earlier ones.
pub(in crate::identity) async fn replace(
    conn: &mut PgConnection,
    person: PersonId,
    random: &dyn Random,
) -> Result<Vec<String>, Problem> {
    clear(&mut *conn, person).await?;
    let plain: Vec<String> = (0..COUNT).map(|_| random_text(random, LENGTH)).collect();
    let hashes: Vec<Vec<u8>> = plain.iter().map(|code| hash_of(code)).collect();
    sqlx::query!(
        "insert into identity.recovery_code (person_id, code_hash) select $1, hash from unnest($2::bytea[]) as hash",
        person.uuid(),
        &hashes,
    )
    .execute(conn)
    .await?;
    Ok(plain.iter().map(|code| grouped(code)).collect())
}

/// Forgets the codes of who has nothing left that they stand in for.
pub(in crate::identity) async fn clear_unless_needed(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<(), Problem> {
    let known = people::find(&mut *conn, Wanted::Id(person)).await?;
    if known.is_some_and(|known| known.has_second_factor()) {
        return Ok(());
    }
    clear(conn, person).await
}

async fn clear(conn: &mut PgConnection, person: PersonId) -> Result<(), Problem> {
    sqlx::query!("delete from identity.recovery_code where person_id = $1", person.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether there is such a code, which is used with this.
pub(super) async fn take(
    conn: &mut PgConnection,
    person: PersonId,
    plain: &str,
    now: Timestamp,
) -> Result<bool, Problem> {
    let taken = sqlx::query!(
        "update identity.recovery_code set used_at = $3
         where person_id = $1 and code_hash = $2 and used_at is null",
        person.uuid(),
        &hash_of(plain),
        now,
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}
