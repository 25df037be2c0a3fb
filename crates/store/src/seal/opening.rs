//! Whether the keys that are there open what is stored.

use super::{Opened, SealError};

/// How many secrets open, and which do not, and why.
#[derive(Debug, Default)]
pub struct Opening {
    pub opened: usize,
    /// What it is, in words, and why it stays closed.
    pub closed: Vec<(String, SealError)>,
}

impl Opening {
    /// Counts one secret. What is in it is forgotten at once.
    pub fn count(&mut self, what: impl Into<String>, tried: Result<Opened, SealError>) {
        match tried {
            Ok(_) => self.opened += 1,
            Err(error) => self.closed.push((what.into(), error)),
        }
    }

    /// Whether the keys are others than those that the database's secrets were sealed with.
    pub fn has_other_keys(&self) -> bool {
        self.opened == 0 && !self.closed.is_empty()
    }
}
