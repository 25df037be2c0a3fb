//! What operations and adapters share: the database, the registry, and the way outside.

use std::sync::Arc;

use axum::http;
use futures::future::BoxFuture;
use kernel::TenantId;
use serde_json::{Map, Value};
use store::{Db, seal::Keyring};
use tokio_util::task::TaskTracker;

use crate::{
    Caller, CheckedPrompt, OwnPrompt, Press, Problem, PromptInfo, PublicUrl, Registry,
    RenderedPrompt,
    connections::Watcher,
    events::Live,
    identity::{
        passwords::Hasher,
        provider::{Discovered, ProviderSettings},
        sessions::SessionCache,
        tokens::TokenCache,
    },
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

/// Nothing came back. One sentence for the operator, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// The outside systems, behind the crates that know them.
pub trait Outside: Send + Sync {
    fn connectors(&self) -> Vec<ConnectorInfo>;

    /// The installation's prompts, by name.
    fn prompts(&self) -> Vec<PromptInfo>;

    /// What a text in the place of a prompt says, and what is wrong with it; none where there is no such prompt.
    fn check_prompt(&self, name: &str, own: &OwnPrompt) -> Option<CheckedPrompt>;

    /// What a model would get for these variables; none where there is no such prompt, or its own text cannot be used.
    /// The error names the required variables that are missing.
    fn render_prompt(
        &self,
        name: &str,
        own: Option<&OwnPrompt>,
        variables: &Map<String, Value>,
    ) -> Option<Result<RenderedPrompt, Vec<String>>>;

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

    /// Sends one e-mail through a tenant's connection. The error is one sentence for a person.
    fn send_mail<'a>(
        &'a self,
        tenant: TenantId,
        to: &'a str,
        subject: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// The provider through which people may sign in, if the operator named one.
    fn identity_provider(&self) -> Option<&ProviderSettings>;

    /// Sends a request to the provider, or to whom it names, and gives the answer whatever its status.
    fn ask_identity_provider(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, Unreachable>>;
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
    /// Who listens to the event log.
    pub live: Live,
    pub(crate) sessions: SessionCache,
    pub(crate) hasher: Hasher,
    pub(crate) provider: Discovered,
    public_url: PublicUrl,
    pub press: Press,
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
        public_url: PublicUrl,
        press: Press,
    ) -> Arc<Self> {
        Arc::new(Self {
            db,
            registry,
            keyring,
            outside,
            watchers,
            limits: RateLimiter::default(),
            tokens: TokenCache::default(),
            live: Live::default(),
            sessions: SessionCache::default(),
            hasher: Hasher::default(),
            provider: Discovered::default(),
            public_url,
            press,
            work: TaskTracker::new(),
        })
    }

    /// Where clients and browsers reach this program: the base of every absolute link.
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// The program that the text of a token stands for. AI agents are let in at `/mcp` only: everywhere else
    /// nothing keeps what they read apart from what they do.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, Problem> {
        let bearer = self.tokens.authenticate(&self.db, token).await?;
        if bearer.side.is_some() {
            return Err(Problem::new(
                "agent-token",
                "this token is an AI agent's and is valid at `/mcp` only; make one without `mcp` for a \
                 program",
            ));
        }
        Ok(bearer.caller)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("db", &self.db).finish_non_exhaustive()
    }
}
