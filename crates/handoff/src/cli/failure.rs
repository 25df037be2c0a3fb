//! How a command ends other than well: a sentence for people, an exit code for scripts.

use domain::Problem;
use store::{StoreError, local::LocalError, migrate::MigrateError};

/// The exit code of a run that faulted, was cancelled or waits.
pub(super) const RUN_INCOMPLETE: u8 = 3;

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  it failed; standard error says why
  2  the command line, or a file or input given to it, is wrong
  3  the run did not complete: it faulted, was cancelled, or waits
  4  the server or the database cannot be reached
  5  not permitted";

/// A failure with an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}")]
    Forbidden(String),
}

impl Failure {
    /// What an answer with this HTTP status means to a script.
    pub(super) fn of_status(status: u16, sentence: String) -> Self {
        match status {
            400 | 413 | 415 | 422 => Self::Usage(sentence),
            401 | 403 => Self::Forbidden(sentence),
            502..=504 => Self::Unreachable(sentence),
            _ => Self::Refused(sentence),
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 4,
            Self::Forbidden(_) => 5,
        }
    }
}

/// A problem of an operation that ran in this program.
pub(super) fn of_problem(problem: Problem) -> anyhow::Error {
    problem.log();
    let fields = problem.errors().iter().map(|field| (field.pointer.as_str(), field.detail.as_str()));
    Failure::of_status(problem.status(), with_fields(problem.detail(), fields)).into()
}

/// A sentence, and below it each field that it does not already speak of.
pub(super) fn with_fields<'a>(
    sentence: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let named: Vec<String> = fields
        .filter(|(_, detail)| !sentence.contains(detail))
        .map(|(pointer, detail)| format!("\n  {pointer}: {detail}"))
        .collect();
    format!("{sentence}{}", named.concat())
}

/// The exit code of an error.
pub(super) fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.code();
    }
    if error.chain().any(is_database_away) { 4 } else { 1 }
}

fn is_database_away(cause: &(dyn std::error::Error + 'static)) -> bool {
    let store = match cause.downcast_ref::<MigrateError>() {
        Some(MigrateError::Store(error)) => Some(error),
        _ => cause.downcast_ref::<StoreError>(),
    };
    let is_local = matches!(
        cause.downcast_ref::<LocalError>(),
        Some(LocalError::NotReady { .. } | LocalError::Busy(_) | LocalError::Database(_))
    );
    is_local || store.is_some_and(StoreError::is_transient)
}

/// An error with its causes, none of them told twice.
pub(super) fn sentence(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use domain::FieldError;

    use super::*;

    #[test]
    fn the_exit_codes_are_the_documented_ones() {
        let all = [
            (Failure::Refused(String::new()), 1),
            (Failure::Usage(String::new()), 2),
            (Failure::Unreachable(String::new()), 4),
            (Failure::Forbidden(String::new()), 5),
        ];
        for (failure, code) in all {
            assert_eq!(code_of(&failure.into()), code);
            assert!(EXIT_CODES.contains(&format!("\n  {code}  ")));
        }
        assert_eq!(code_of(&anyhow::anyhow!("anything")), 1);
        assert!(EXIT_CODES.contains(&format!("\n  {RUN_INCOMPLETE}  ")));
    }

    #[test]
    fn a_status_decides_the_exit_code() {
        for (status, code) in
            [(400, 2), (422, 2), (401, 5), (403, 5), (404, 1), (409, 1), (429, 1), (500, 1), (503, 4)]
        {
            let failure = Failure::of_status(status, String::new());
            assert_eq!(code_of(&failure.into()), code, "{status}");
        }
    }

    #[test]
    fn a_database_that_is_away_has_its_own_exit_code_wherever_it_is_noticed() {
        let away = || StoreError::from(sqlx::Error::PoolTimedOut);
        assert_eq!(code_of(&anyhow::Error::new(away()).context("the list cannot be read")), 4);
        let migrating = anyhow::Error::new(MigrateError::Store(away()));
        assert_eq!(code_of(&migrating.context("the migrations failed")), 4);
        let busy = anyhow::Error::new(LocalError::Busy("/data".into()));
        assert_eq!(code_of(&busy.context("the private database did not start")), 4);
        assert_eq!(code_of(&StoreError::Corrupt("bytes".to_owned()).into()), 1);
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("refused (61)").context("io: refused (61)").context("no database");
        assert_eq!(sentence(&error), "no database: io: refused (61)");
    }

    #[test]
    fn a_problem_of_several_fields_names_each() {
        let field = |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "is missing".to_owned() };
        let error = of_problem(Problem::invalid(vec![field("/a"), field("/b")]));
        assert!(error.to_string().ends_with("\n  /a: is missing\n  /b: is missing"), "{error}");
        assert_eq!(code_of(&error), 2);
        let one = of_problem(Problem::invalid(vec![field("/a")])).to_string();
        assert_eq!(one, "correct the field `/a`: is missing");
    }
}
