//! What is wrong with a prompt's text, and where.

/// How many faults of one text are told.
const FAULTS_MAX: usize = 100;

/// One thing that is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    /// Whether the text can be used all the same.
    pub is_warning: bool,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Collects the faults of one text.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<Fault>,
    are_warnings: bool,
}

impl<'t> Faults<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, found: Vec::new(), are_warnings: true }
    }

    /// `at` is a place in the text, in bytes.
    pub(super) fn add(&mut self, at: usize, message: String) {
        self.push(at, message, false);
    }

    pub(super) fn warn(&mut self, at: usize, message: String) {
        self.push(at, message, true);
    }

    fn push(&mut self, at: usize, message: String, is_warning: bool) {
        self.are_warnings &= is_warning;
        // A text of nothing but faults must not take long to tell.
        if FAULTS_MAX <= self.found.len() {
            return;
        }
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.found.push(Fault { line, column, message, is_warning });
    }

    /// Whether the text can be used.
    pub(super) fn are_warnings(&self) -> bool {
        self.are_warnings
    }

    pub(super) fn in_order(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|fault| (fault.line, fault.column));
        self.found
    }
}
