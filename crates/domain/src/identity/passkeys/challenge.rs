//! What browsers are asked to sign. Each challenge is kept here, and counts once.
//!
//! The browser gets a secret beside it, and only who sends that back may answer. One that a session asked for is
//! answered by that session only.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use kernel::{Secret, SessionId};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::{credential_ids, relying_party::RelyingParty};
use crate::{
    App, Problem,
    identity::{
        sessions::{Session, hash_of},
        tokens::random_text,
    },
};

/// How long one can be answered: as long as browsers wait for their owner.
const VALID: TimeDelta = TimeDelta::minutes(5);
/// 43 characters of base 62 hold 256 bits.
const TOKEN_LENGTH: usize = 43;

/// What the browser is asked to sign.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::identity) struct PasskeyChallenge {
    /// Goes back with the answer, once, within five minutes.
    challenge_token: String,
    /// Where the page must come from; browsers refuse passkeys to any other.
    origin: String,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON()` when a passkey is added, else for
    /// `parseRequestOptionsFromJSON()`.
    public_key: Map<String, Value>,
}

/// What a signature is for.
#[derive(Debug, Clone, Copy)]
pub(in crate::identity) enum Purpose<'a> {
    /// Another passkey of who is signed in.
    Add(&'a Session),
    /// A proof of who the session is of.
    Prove(&'a Session),
    /// A way in for who is not known yet.
    SignIn,
}

impl Purpose<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Prove(_) => "prove",
            Self::SignIn => "sign_in",
        }
    }

    fn session(self) -> Option<SessionId> {
        match self {
            Self::Add(session) | Self::Prove(session) => Some(session.session_id),
            Self::SignIn => None,
        }
    }
}

/// Asks for a signature of a passkey: of the session's person, or of any that the browser has for us.
///
/// # Errors
/// `passkeys-unavailable`, and `second-factor-missing` for a person without a passkey.
pub(in crate::identity) async fn ask(
    app: &App,
    conn: &mut PgConnection,
    purpose: Purpose<'_>,
) -> Result<PasskeyChallenge, Problem> {
    let party = RelyingParty::of(app.public_url())?;
    let (asked, state) =
        party.webauthn.start_discoverable_authentication().map_err(Problem::internal)?;
    let mut options = object(&asked.public_key)?;
    if let Purpose::Prove(session) = purpose {
        let known = credential_ids(&mut *conn, session.person.person_id).await?;
        if known.is_empty() {
            return Err(Problem::new(
                "second-factor-missing",
                "you have no passkey; add one with `POST /v1/passkeys/challenge`, or prove it otherwise",
            ));
        }
        let known: Vec<Value> = known
            .iter()
            .map(|id| json!({ "type": "public-key", "id": BASE64_URL_SAFE_NO_PAD.encode(id) }))
            .collect();
        options.insert("allowCredentials".to_owned(), Value::Array(known));
    }
    keep(app, conn, purpose, &party, (options, &state)).await
}

/// Keeps what the browser's answer will be checked against.
pub(super) async fn keep(
    app: &App,
    conn: &mut PgConnection,
    purpose: Purpose<'_>,
    party: &RelyingParty,
    (public_key, state): (Map<String, Value>, &impl Serialize),
) -> Result<PasskeyChallenge, Problem> {
    let now = app.db.clock().now();
    sqlx::query!("delete from identity.passkey_challenge where expires_at <= $1", now)
        .execute(&mut *conn)
        .await?;
    let challenge_token = random_text(app.db.random(), TOKEN_LENGTH);
    sqlx::query!(
        r#"
        insert into identity.passkey_challenge (secret_hash, purpose, session_id, state, expires_at)
        values ($1, $2, $3, $4, $5)
        "#,
        &hash_of(&challenge_token),
        purpose.name(),
        purpose.session().map(SessionId::uuid),
        serde_json::to_value(state).map_err(Problem::internal)?,
        now + VALID,
    )
    .execute(conn)
    .await?;
    Ok(PasskeyChallenge { challenge_token, origin: party.origin.clone(), public_key })
}

/// What the answer is checked against; the challenge is used up with this, whatever comes of it.
///
/// # Errors
/// `invalid-input` for one that was used, has expired, or was asked for by another session or for something else.
pub(super) async fn take<S: DeserializeOwned>(
    app: &App,
    purpose: Purpose<'_>,
    token: &Secret,
) -> Result<S, Problem> {
    let mut tx = app.db.identity().await?;
    let state = sqlx::query_scalar!(
        r#"
        delete from identity.passkey_challenge
        where secret_hash = $1 and purpose = $2 and session_id is not distinct from $3 and $4 < expires_at
        returning state
        "#,
        &hash_of(token.expose()),
        purpose.name(),
        purpose.session().map(SessionId::uuid),
        app.db.clock().now(),
    )
    .fetch_optional(tx.conn())
    .await?;
    tx.commit().await?;
    let state = state.ok_or_else(|| {
        Problem::field("/challenge_token", "was used or has expired; begin again and answer sooner")
    })?;
    serde_json::from_value(state).map_err(Problem::internal)
}

/// Options for the browser, as the standard's JSON.
pub(super) fn object(options: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(options).map_err(Problem::internal)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::internal(anyhow::anyhow!("the options of a passkey are no object"))),
    }
}
