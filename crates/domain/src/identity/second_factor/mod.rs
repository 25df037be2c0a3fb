//! The second factor: codes of an authenticator app (TOTP, RFC 6238), passkeys, and recovery codes for when they are lost.

pub(super) mod recovery;
mod reset;
mod totp;

pub use reset::reset;
use sqlx::PgConnection;

use super::{
    passkeys::{Assertion, PasskeyProof, Purpose},
    people::Credentials,
    sessions::Session,
};
use crate::{App, Operation, Problem};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        totp::begin_operation(),
        totp::confirm_operation(),
        totp::remove_operation(),
        recovery::operation(),
    ]
}

/// What somebody shows as their second factor.
pub(super) enum Shown {
    Code(String),
    Passkey(Box<Assertion>),
}

impl Shown {
    /// The challenge that a passkey signed is used up with this, whatever comes of it.
    ///
    /// # Errors
    /// `invalid-input` where neither is shown, and for a challenge that was used or has expired.
    pub(super) async fn open(
        app: &App,
        session: &Session,
        code: Option<String>,
        passkey: Option<PasskeyProof>,
    ) -> Result<Self, Problem> {
        match (code, passkey) {
            (Some(code), None) => Ok(Self::Code(code)),
            (None, Some(proof)) => {
                let assertion = Assertion::open(app, Purpose::Prove(session), proof)
                    .await
                    .map_err(|problem| problem.under("", "/passkey"))?;
                Ok(Self::Passkey(Box::new(assertion)))
            }
            _ => Err(Problem::field("", "give either `code` or `passkey`")),
        }
    }

    /// Whether it proves the person; it is used with this.
    pub(super) async fn take(
        self,
        app: &App,
        conn: &mut PgConnection,
        known: &Credentials,
    ) -> Result<bool, Problem> {
        match self {
            Self::Code(code) => take_code(app, conn, known, &code).await,
            Self::Passkey(assertion) => {
                let person = known.person.person_id;
                Ok(assertion.signed_by(app, conn, Some(person)).await?.is_some())
            }
        }
    }

    /// What a wrong one is told.
    pub(super) fn refusal(&self) -> Problem {
        match self {
            Self::Code(_) => Problem::field(
                "/code",
                "is wrong or was used; wait for the next code, or use a recovery code",
            ),
            Self::Passkey(_) => Problem::field(
                "/passkey",
                "was not accepted; try another passkey of yours, or use a code",
            ),
        }
    }
}

/// Whether a code is right, and was not used before; it is used with this.
async fn take_code(
    app: &App,
    conn: &mut PgConnection,
    known: &Credentials,
    code: &str,
) -> Result<bool, Problem> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() == totp::DIGITS && plain.bytes().all(|it| it.is_ascii_digit()) {
        // An app that was begun and not confirmed proves nothing.
        return Ok(known.has_totp() && totp::take(app, conn, known, &plain).await?);
    }
    recovery::take(conn, known.person.person_id, &plain, app.db.clock().now()).await
}
