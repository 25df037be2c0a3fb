//! A browser on its way to the provider and back: once, within ten minutes, and nobody else in its place.
//!
//! The browser's cookie holds 256 random bits, the database their hash. What the provider is given (`state`, `nonce`, the
//! challenge) is derived from them, so that nothing but the cookie can answer for the attempt.

use axum::http::{HeaderMap, HeaderValue};
use chrono::TimeDelta;
use kernel::{PersonId, Random, Secret, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use sqlx::PgConnection;
use subtle::ConstantTimeEq as _;

use crate::{
    Problem,
    identity::{
        sessions::{cookie, hash_of},
        tokens::random_text,
    },
};

const COOKIE: &str = "__Host-handoff_attempt";
/// 43 characters of base 62 hold 256 bits.
const LENGTH: usize = 43;
const VALID: TimeDelta = TimeDelta::minutes(10);

/// What a browser is sent to the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Purpose {
    /// To sign in as the person that is connected.
    SignIn,
    /// To connect whoever comes back with the person who is signed in.
    Connect,
    /// To prove again who is signed in.
    Verify,
    /// To accept an invitation.
    Invitation,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Connect => "connect",
            Self::Verify => "verify",
            Self::Invitation => "invitation",
        }
    }

    fn read(text: &str) -> Result<Self, Problem> {
        [Self::SignIn, Self::Connect, Self::Verify, Self::Invitation]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("there is no purpose `{text}`")))
    }
}

/// The secret of an attempt, which the browser keeps.
#[derive(Debug)]
pub struct AttemptText(Secret);

impl AttemptText {
    pub(super) fn generate(random: &dyn Random) -> Self {
        Self(Secret::new(random_text(random, LENGTH)))
    }

    /// The one that a request carries, if it has the right form.
    pub(crate) fn of_request(headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, COOKIE)?;
        let is_sound = text.len() == LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric());
        is_sound.then(|| Self(Secret::new(text)))
    }

    /// What is stored.
    pub(super) fn hash(&self) -> Vec<u8> {
        hash_of(self.0.expose())
    }

    /// What the provider gives back with its answer.
    pub(super) fn state(&self) -> String {
        self.derived("state")
    }

    /// Whether the provider's answer belongs to this attempt.
    pub(super) fn has_state(&self, given: &str) -> bool {
        bool::from(self.state().as_bytes().ct_eq(given.as_bytes()))
    }

    /// What the provider puts into what it signs.
    pub(super) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What proves to the provider that who began it redeems its answer (PKCE, RFC 7636).
    pub(super) fn code_verifier(&self) -> String {
        self.derived("code verifier")
    }

    /// 64 digits.
    fn derived(&self, purpose: &str) -> String {
        hex::encode(hash_of(&format!("{purpose} {}", self.0.expose())))
    }

    pub(crate) fn set_cookie(&self) -> Option<HeaderValue> {
        let text = format!(
            "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
            self.0.expose(),
            VALID.num_seconds(),
        );
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    pub(crate) fn clear_cookie() -> HeaderValue {
        HeaderValue::from_static(
            "__Host-handoff_attempt=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
        )
    }
}

/// An attempt under way.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) purpose: Purpose,
    /// Whose session it was that connects or verifies.
    pub(super) person: Option<PersonId>,
    pub(super) invitation_hash: Option<Vec<u8>>,
    /// A path of the app.
    pub(super) return_to: String,
}

/// Keeps an attempt until its browser comes back.
pub(super) async fn keep(
    conn: &mut PgConnection,
    text: &AttemptText,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<(), Problem> {
    sqlx::query!("delete from identity.provider_attempt where expires_at <= $1", now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        r#"
        insert into identity.provider_attempt
            (secret_hash, purpose, person_id, invitation_hash, return_to, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        &text.hash(),
        attempt.purpose.as_str(),
        attempt.person.map(PersonId::uuid),
        attempt.invitation_hash.as_deref(),
        attempt.return_to,
        now,
        now + VALID,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an attempt, which is over with this; none when it is unknown, over already, or too old.
pub(super) async fn take(
    conn: &mut PgConnection,
    text: &AttemptText,
    now: Timestamp,
) -> Result<Option<Attempt>, Problem> {
    let row = sqlx::query!(
        r#"
        delete from identity.provider_attempt where secret_hash = $1
        returning purpose, person_id, invitation_hash, return_to, expires_at
        "#,
        &text.hash(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row.filter(|row| now < row.expires_at) else { return Ok(None) };
    Ok(Some(Attempt {
        purpose: Purpose::read(&row.purpose)?,
        person: row.person_id.map(PersonId::from),
        invitation_hash: row.invitation_hash,
        return_to: row.return_to,
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use kernel::SeededRandom;

    use super::*;

    #[test]
    fn what_the_provider_sees_tells_nothing_of_the_cookie_and_belongs_to_it_alone() {
        let (text, other) = (
            AttemptText::generate(&SeededRandom::new(1)),
            AttemptText::generate(&SeededRandom::new(2)),
        );
        let set = text.set_cookie().unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers =
            HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&pair).unwrap())]);
        let read = AttemptText::of_request(&headers).unwrap();
        assert!(read.has_state(&text.state()));
        assert!(!other.has_state(&text.state()) && !text.has_state("") && !text.has_state("x"));
        let all = [text.state(), text.nonce(), text.code_verifier(), hex::encode(text.hash())];
        for (index, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 64);
            assert!(all[index + 1..].iter().all(|it| it != one));
            assert!(!pair.contains(one.as_str()));
        }
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(set.to_str().unwrap().contains(part), "{part}");
        }
    }
}
