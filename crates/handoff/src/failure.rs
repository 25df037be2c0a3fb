//! How a command can end other than well: its exit code, and one sentence that says nothing twice.

use std::error::Error;

use store::{StoreError, migrate::MigrateError};

/// A failure whose exit code is known.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line, a file given to it, or what it asked for is wrong.
    #[error("{0}")]
    Usage(String),
    /// The server or the database cannot be reached.
    #[error("{seen}; {advice}")]
    Unreachable { seen: String, advice: String },
    /// Not permitted.
    #[error("{0}")]
    Forbidden(String),
}

impl Failure {
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable { .. } => 4,
            Self::Forbidden(_) => 5,
        }
    }
}

/// The exit code of an error.
pub fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.code();
    }
    if error.chain().any(is_outage) { 4 } else { 1 }
}

/// Whether this says that the database is away.
fn is_outage(cause: &(dyn Error + 'static)) -> bool {
    // The migrations' error passes the store's through, so the chain does not show it.
    let store = match cause.downcast_ref::<MigrateError>() {
        Some(MigrateError::Store(store)) => Some(store),
        _ => cause.downcast_ref::<StoreError>(),
    };
    store.is_some_and(StoreError::is_transient)
}

/// An error with its causes in one line. A cause that the line holds already is left out.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let refusal = cause.downcast_ref::<sqlx::Error>().and_then(|it| match it {
            // Its own text names a line of PostgreSQL's source.
            sqlx::Error::Database(refusal) => Some(refusal.message().to_owned()),
            sqlx::Error::Io(error) => Some(error.to_string()),
            _ => None,
        });
        let is_last = refusal.is_some();
        let part = refusal.unwrap_or_else(|| cause.to_string());
        if !text.contains(&part) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&part);
        }
        if is_last {
            break;
        }
    }
    text
}

/// A problem of the product as an error for the terminal: the caller's mistakes are usage.
pub fn of_problem(problem: domain::Problem) -> anyhow::Error {
    problem.log();
    let mut text = problem.detail().to_owned();
    // With one field at fault, the sentence says it already.
    let several = Some(problem.errors()).filter(|errors| 1 < errors.len()).unwrap_or_default();
    for field in several {
        for part in ["\n  ", &field.pointer, ": ", &field.detail] {
            text.push_str(part);
        }
    }
    match problem.status() {
        401 | 403 => Failure::Forbidden(text).into(),
        400..=499 => Failure::Usage(text).into(),
        502..=504 => {
            Failure::Unreachable { seen: text, advice: "try again in a moment".to_owned() }.into()
        }
        _ => anyhow::Error::msg(text),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_exit_codes_are_the_documented_ones() {
        let unreachable = Failure::Unreachable { seen: String::new(), advice: String::new() };
        assert_eq!(code_of(&Failure::usage("").into()), 2);
        assert_eq!(code_of(&unreachable.into()), 4);
        assert_eq!(code_of(&Failure::Forbidden(String::new()).into()), 5);
        assert_eq!(code_of(&anyhow::anyhow!("anything")), 1);
        let within = Err::<(), _>(Failure::usage("wrong")).context("while starting").unwrap_err();
        assert_eq!(code_of(&within), 2);
    }

    #[test]
    fn a_database_that_is_away_is_said_once_with_its_own_code() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let away = MigrateError::from(sqlx::Error::Io(refused));
        let error = Err::<(), _>(away).context("the migrations failed").unwrap_err();
        assert_eq!(code_of(&error), 4);
        let text = sentence(&error);
        assert_eq!(text.matches("connection refused").count(), 1, "{text}");
    }

    #[test]
    fn what_the_caller_got_wrong_is_usage() {
        let problem = domain::Problem::field("/name", "must not be empty");
        let error = of_problem(problem);
        assert_eq!(code_of(&error), 2);
        assert_eq!(error.to_string().matches("must not be empty").count(), 1);
        assert_eq!(code_of(&of_problem(domain::Problem::new("unavailable", "busy"))), 4);
        assert_eq!(code_of(&of_problem(domain::Problem::not_found("token"))), 2);
    }
}
