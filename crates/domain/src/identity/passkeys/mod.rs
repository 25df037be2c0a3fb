//! Passkeys: keys that a device or a password manager keeps, and uses once its owner proved to be there (WebAuthn).
//!
//! One is enough to sign in, because it is held and its owner was checked; beside a password it is the second factor.
//! Each signature answers a challenge of ours that counts once. What is signed is checked by `webauthn-rs`: the
//! challenge, the origin, the relying party, that the owner was checked, the signature and its counter.

mod add;
mod assertion;
mod challenge;
mod list;
mod relying_party;
mod remove;

use kernel::{PasskeyId, PersonId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgConnection;

pub(super) use assertion::{Assertion, PasskeyProof, example};
pub(super) use challenge::{PasskeyChallenge, Purpose, ask};

use crate::{Operation, Problem};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        add::begin_operation(),
        add::operation(),
        list::operation(),
        list::rename_operation(),
        remove::operation(),
    ]
}

/// A passkey of the person who asks.
#[derive(Debug, Serialize, JsonSchema)]
struct PasskeyView {
    passkey_id: PasskeyId,
    /// What the person calls it.
    name: String,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
}

/// What the authenticators call a person's passkeys.
async fn credential_ids(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Vec<Vec<u8>>, Problem> {
    let ids = sqlx::query_scalar!(
        "select credential_id from identity.passkey where person_id = $1 order by created_at, passkey_id",
        person.uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(ids)
}
