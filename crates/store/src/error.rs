//! How the database can fail, in the only terms that callers act on.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, full or too busy: nothing was written, try again later.
    #[error("the database is not available at the moment")]
    Unavailable(#[source] sqlx::Error),
    /// Two transactions got into each other's way: the same work may be tried again at once.
    #[error("the transaction met another one and was undone")]
    Conflict(#[source] sqlx::Error),
    /// Anything else is a mistake of ours.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
    /// Stored bytes that this version cannot read.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::Protocol(_) => Self::Unavailable(error),
            sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
                Some("40001" | "40P01" | "55P03") => Self::Conflict(error),
                Some(code) if is_outage(code) => Self::Unavailable(error),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether the same work may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

/// Connection trouble (08), a server that is shutting down, starting or read-only (57P0x, 25006),
/// a statement cancelled by a timeout (57014), and lack of resources (53).
fn is_outage(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("53") || code.starts_with("57") || code == "25006"
}
