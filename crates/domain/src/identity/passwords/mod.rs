//! Passwords: argon2id at rest, length and guessability at the door, no rules of composition.
//!
//! Source: OWASP ASVS 5.0, 6.2; OWASP Password Storage Cheat Sheet.

mod change;
mod hasher;
mod reset;

use kernel::{PersonId, Secret};
use sqlx::PgConnection;

pub(crate) use hasher::Hasher;
pub(super) use hasher::Verified;

use crate::{App, Operation, Problem};

pub(super) const LENGTH_MIN: usize = 12;
pub(super) const LENGTH_MAX: usize = 128;

pub(super) fn operations() -> Vec<Operation> {
    vec![change::operation(), reset::request_operation(), reset::operation()]
}

/// Refuses what others guess: too short, or known from lists and patterns (zxcvbn, which holds the passwords of
/// published breaches, names and dates). `known` is what anyone knows of the person.
pub(super) fn check(pointer: &str, password: &Secret, known: &[&str]) -> Result<(), Problem> {
    let text = password.expose();
    let length = text.chars().count();
    if length < LENGTH_MIN {
        return Err(Problem::field(
            pointer,
            format!("must have at least {LENGTH_MIN} characters; a few words in a row are fine"),
        ));
    }
    if LENGTH_MAX < length {
        return Err(Problem::field(pointer, format!("must have at most {LENGTH_MAX} characters")));
    }
    let parts: Vec<&str> = known
        .iter()
        .flat_map(|text| std::iter::once(*text).chain(text.split(['@', '.', ' ', '-', '_'])))
        .filter(|part| 2 < part.len())
        .collect();
    let estimate = zxcvbn::zxcvbn(text, &parts);
    if estimate.score() >= zxcvbn::Score::Three {
        return Ok(());
    }
    let advice = estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
        .map_or_else(|| "it is easy to guess.".to_owned(), |warning| warning.to_string());
    Err(Problem::field(
        pointer,
        format!(
            "is too easy to guess ({advice}) use several uncommon words, or let a password manager choose"
        ),
    ))
}

/// Whether it is the password of this hash. Somebody unknown, or without a password, costs the same time.
pub(super) async fn verify(
    app: &App,
    password: Secret,
    hash: Option<String>,
) -> Result<Verified, Problem> {
    app.hasher.verify(password, hash).await
}

/// The hash of a password, in PHC form.
pub(super) async fn hash(app: &App, password: Secret) -> Result<String, Problem> {
    let mut salt = [0_u8; 16];
    app.db.random().fill(&mut salt);
    app.hasher.hash(password, salt).await
}

pub(super) async fn store(
    conn: &mut PgConnection,
    person: PersonId,
    hash: &str,
) -> Result<(), Problem> {
    sqlx::query!(
        "update identity.person set password_hash = $2 where person_id = $1",
        person.uuid(),
        hash,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<String> {
        let known = ["ada.lovelace@example.com", "Ada Lovelace"];
        check("/password", &Secret::new(password), &known)
            .err()
            .map(|problem| problem.errors()[0].detail.clone())
    }

    #[test]
    fn a_few_words_are_enough_and_no_composition_is_asked_for() {
        assert_eq!(refused("correct horse battery"), None);
        assert_eq!(refused("жираф читает газету"), None);
    }

    #[test]
    fn what_others_would_guess_is_refused_with_advice() {
        assert!(refused("short").unwrap().contains("at least 12"));
        for guessable in ["password1234", "lovelace1815", "qwertyuiop123", "aaaaaaaaaaaaaaaa"] {
            let refusal = refused(guessable).unwrap_or_else(|| panic!("`{guessable}` is let in"));
            assert!(refusal.contains("easy to guess"), "{guessable}: {refusal}");
        }
        assert!(refused(&"x1y".repeat(50)).unwrap().contains("at most 128"));
    }
}
