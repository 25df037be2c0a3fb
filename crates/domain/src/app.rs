//! What operations and adapters share: the database, the registry, and the way outside.

use std::sync::Arc;

use futures::future::BoxFuture;
use kernel::TenantId;
use serde_json::Value;
use store::{Db, seal::Keyring};
use tokio_util::task::TaskTracker;

use crate::{
    Caller, Problem, Registry, connections::Watcher, identity::tokens::TokenCache,
    rate::RateLimiter,
};

/// A connector, as far as setting up a connection needs to know it.
#[derive(Debug, Clone)]
pub struct ConnectorInfo {
    pub id: String,
    pub title: String,
    /// JSON Schema of the settings; secrets are marked `writeOnly`.
    pub settings: Value,
}

/// The outside systems, behind the crates that know them.
pub trait Outside: Send + Sync {
    fn connectors(&self) -> Vec<ConnectorInfo>;

    /// Whether requests may be sent to an address; the error is one sentence for a person.
    fn may_reach(&self, url: &str) -> Result<(), String>;

    /// Asks an outside system whether the settings work, changing nothing there. The answer and the
    /// error are each one sentence for a person, without secrets.
    fn check_connection<'a>(
        &'a self,
        tenant: TenantId,
        connector: &'a str,
        settings: Value,
    ) -> BoxFuture<'a, Result<String, String>>;
}

/// One running program.
pub struct App {
    pub db: Db,
    pub registry: Registry,
    pub keyring: Arc<Keyring>,
    pub outside: Arc<dyn Outside>,
    pub watchers: Vec<Arc<dyn Watcher>>,
    pub limits: RateLimiter,
    pub tokens: TokenCache,
    /// Work that goes on when its client has left; shutting down waits for it.
    pub work: TaskTracker,
}

impl App {
    pub fn new(
        db: Db,
        registry: Registry,
        keyring: Arc<Keyring>,
        outside: Arc<dyn Outside>,
        watchers: Vec<Arc<dyn Watcher>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            db,
            registry,
            keyring,
            outside,
            watchers,
            limits: RateLimiter::default(),
            tokens: TokenCache::default(),
            work: TaskTracker::new(),
        })
    }

    /// The caller that the text of a token stands for.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, Problem> {
        self.tokens.authenticate(&self.db, token).await
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("db", &self.db).finish_non_exhaustive()
    }
}
