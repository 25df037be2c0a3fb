//! What a passkey signed, and whose it is.

use kernel::{PersonId, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PublicKeyCredential, WebauthnError,
};

use super::{
    challenge::{self, Purpose},
    relying_party::RelyingParty,
};
use crate::{App, Problem};

/// What a browser answers to a challenge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::identity) struct PasskeyProof {
    /// What came with the challenge.
    challenge_token: Secret,
    /// What `navigator.credentials.get()` gave: `PublicKeyCredential.toJSON()`.
    credential: Map<String, Value>,
}

impl PasskeyProof {
    /// What the authenticator calls the passkey, as far as it says.
    pub(in crate::identity) fn credential_id(&self) -> &str {
        self.credential.get("id").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A valid input in form.
pub(in crate::identity) fn example() -> Value {
    json!({
        "challenge_token": "what came with the challenge",
        "credential": { "id": "AQIDBA", "rawId": "AQIDBA", "type": "public-key", "response": {} },
    })
}

/// The standard's JSON of a credential.
pub(super) fn credential<C: DeserializeOwned>(fields: Map<String, Value>) -> Result<C, Problem> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| {
        Problem::field(
            "/credential",
            format!("must be what `PublicKeyCredential.toJSON()` gives: {error}"),
        )
    })
}

/// A signature, and the challenge it answers.
#[derive(Debug)]
pub(in crate::identity) struct Assertion {
    state: DiscoverableAuthentication,
    credential: PublicKeyCredential,
}

impl Assertion {
    /// The challenge is used up with this, whatever comes of it.
    ///
    /// # Errors
    /// `invalid-input` for what is no credential, and for a challenge that was used or has expired.
    pub(in crate::identity) async fn open(
        app: &App,
        purpose: Purpose<'_>,
        proof: PasskeyProof,
    ) -> Result<Self, Problem> {
        let state = challenge::take(app, purpose, &proof.challenge_token).await?;
        Ok(Self { state, credential: credential(proof.credential)? })
    }

    /// Whose passkey signed, which is written down as used; none where it is nobody's, or not of the person expected.
    pub(in crate::identity) async fn signed_by(
        self,
        app: &App,
        conn: &mut PgConnection,
        expected: Option<PersonId>,
    ) -> Result<Option<PersonId>, Problem> {
        let party = RelyingParty::of(app.public_url())?;
        let row = sqlx::query!(
            "select passkey_id, person_id, credential from identity.passkey where credential_id = $1 for update",
            self.credential.get_credential_id(),
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let person = PersonId::from(row.person_id);
        // Where nobody was known before, the authenticator says whose it is, and must (WebAuthn, 7.2, step 6).
        let handle = self.credential.get_user_unique_id().map(Uuid::from_slice);
        let is_owner = match (expected, handle) {
            (Some(expected), None) => expected == person,
            (None, None) | (_, Some(Err(_))) => false,
            (expected, Some(Ok(handle))) => {
                handle == row.person_id && expected.is_none_or(|expected| expected == person)
            }
        };
        if !is_owner {
            return Ok(None);
        }
        let mut passkey: Passkey =
            serde_json::from_value(row.credential).map_err(Problem::internal)?;
        let checked = party.webauthn.finish_discoverable_authentication_v2(
            &self.credential,
            self.state,
            &passkey,
        );
        let result = match checked {
            Ok(result) => result,
            Err(error) => {
                refuse(person, &error);
                return Ok(None);
            }
        };
        passkey.update_credential(&result);
        sqlx::query!(
            "update identity.passkey set credential = $2, last_used_at = $3 where passkey_id = $1",
            row.passkey_id,
            serde_json::to_value(&passkey).map_err(Problem::internal)?,
            app.db.clock().now(),
        )
        .execute(conn)
        .await?;
        Ok(Some(person))
    }
}

/// Tells the operator why a passkey was not accepted; who tried learns nothing of it.
fn refuse(person: PersonId, error: &WebauthnError) {
    if matches!(error, WebauthnError::CredentialPossibleCompromise) {
        tracing::warn!(%person, "a passkey was refused: its counter went back, so that it may be a copy");
    } else {
        tracing::info!(%person, %error, "a passkey was refused");
    }
}
