//! What is wrong with a definition, and where.

use std::fmt;

use serde::Serialize;

use crate::source::Position;

/// How many problems are reported; a file with more has one cause.
const DIAGNOSTICS_MAX: usize = 100;
/// How much of two words must agree for one to be offered for the other.
const LIKENESS_MIN: f64 = 0.75;
/// How alike two words are of which one is the other, mistyped by one letter.
const SLIP: f64 = 0.95;

/// One problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// A JSON pointer into the definition.
    pub path: String,
    pub message: String,
    /// The word that was probably meant.
    pub hint: Option<String>,
    pub severity: Severity,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definition cannot be run.
    Error,
    /// It can, and most likely does not do what was meant.
    Warning,
}

impl Diagnostic {
    /// Something that is wrong with a definition beside others.
    pub fn of_document(path: &str, message: impl Into<String>) -> Self {
        let (path, message) = (path.to_owned(), message.into());
        Self { line: 1, column: 1, path, message, hint: None, severity: Severity::Error }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        let mark = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, ": {mark}{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (did you mean `{hint}`?)"),
            None => Ok(()),
        }
    }
}

/// Collects problems, so that one check reports them all.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Diagnostic>);

impl Problems {
    pub(crate) fn add(&mut self, at: Position, path: &str, message: impl Into<String>) {
        self.add_with_hint(at, path, message, None);
    }

    pub(crate) fn add_with_hint(
        &mut self,
        at: Position,
        path: &str,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.push(at, path, message.into(), hint, Severity::Error);
    }

    /// Something that is odd and no mistake for certain.
    pub(crate) fn warn(&mut self, at: Position, path: &str, message: &str) {
        self.push(at, path, message.to_owned(), None, Severity::Warning);
    }

    fn push(
        &mut self,
        at: Position,
        path: &str,
        message: String,
        hint: Option<&str>,
        severity: Severity,
    ) {
        let diagnostic = Diagnostic {
            line: at.line,
            column: at.column,
            path: path.to_owned(),
            message,
            hint: hint.map(str::to_owned),
            severity,
        };
        // A policy is read again at each place that refers to it.
        if self.0.len() < DIAGNOSTICS_MAX && !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// In the order of the text.
    pub(crate) fn sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by_key(|problem| (problem.line, problem.column));
        self.0
    }
}

/// The known word most like `word`, if any is alike enough.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, candidate)| LIKENESS_MIN <= *likeness && *candidate != word)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. In short words one mistyped letter, or two that changed places, would leave little likeness.
fn likeness(word: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(word, candidate);
    if is_slip(word, candidate) { likeness.max(SLIP) } else { likeness }
}

/// Whether one word is the other, mistyped by one letter, or by two that changed places.
pub(crate) fn is_slip(word: &str, candidate: &str) -> bool {
    3 <= word.len().max(candidate.len()) && strsim::osa_distance(word, candidate) == 1
}
