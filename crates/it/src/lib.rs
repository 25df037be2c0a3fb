//! The harness of the integration tests: the whole program in this process, on a real PostgreSQL of
//! its own, with the simulators as its outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness fails its test, loudly")]

mod api;
mod authenticator;
mod database;
pub mod intake;
mod program;
pub mod provider;
mod rehearsal;

use std::time::{Duration, Instant};

pub use api::{Answer, Client, Session};
pub use authenticator::Authenticator;
pub use database::Database;
pub use intake::{Intake, Signing};
pub use program::{PASSWORD, Program};
pub use rehearsal::{Rehearsal, prepare};

const POLL: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer: the only place that waits.
pub async fn wait_until<T, F>(what: &str, patience: Duration, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain until {what}");
        tokio::time::sleep(POLL).await;
    }
}
