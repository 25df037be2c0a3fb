//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

mod recovery;
mod reset;
mod totp;

pub use reset::reset;
use sqlx::PgConnection;

use super::people::Credentials;
use crate::{App, Operation, Problem};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        totp::begin_operation(),
        totp::confirm_operation(),
        totp::remove_operation(),
        recovery::operation(),
    ]
}

/// Whether a code is right, and was not used before; it is used with this.
pub(super) async fn take_code(
    app: &App,
    conn: &mut PgConnection,
    known: &Credentials,
    code: &str,
) -> Result<bool, Problem> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() == totp::DIGITS && plain.bytes().all(|it| it.is_ascii_digit()) {
        return totp::take(app, conn, known, &plain).await;
    }
    recovery::take(conn, known.person.person_id, &plain, app.db.clock().now()).await
}
