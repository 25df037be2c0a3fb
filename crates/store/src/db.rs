//! The connection pools and the three doors into them.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel::{Clock, Id, Kind, Random, Sequence, TenantId};
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Notify;

use crate::{
    BatchTx, Follower, StoreError, SystemTx, TenantTx, links::Links, measurements::Measurements,
};

/// How long a caller waits for a free connection before it is told to come back later.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(800);

/// What is served and what the engine does finds rows by keys, whatever a table's statistics say at the moment. A plan
/// for a table that was empty would be kept while it fills.
const BY_KEY: [(&str, &str); 1] = [("enable_seqscan", "off")];
/// The engine's statements are few and come often: each is planned once, for keys in general. That is sound because each
/// table has one index that fits a statement's key, so that no plan depends on how large a table is at the moment.
const BY_KEYS: [(&str, &str); 6] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // Each row of a list is looked up by its key; a table that is small for the moment is not read whole and compared
    // with each of them.
    ("enable_material", "off"),
    ("enable_memoize", "off"),
    ("enable_bitmapscan", "off"),
];

/// How many connections each kind of work may hold, so that none starves the others.
#[derive(Debug, Clone, Copy)]
pub struct PoolSizes {
    pub requests: u32,
    pub ingress: u32,
    /// For moving runs: as many as the engine has loops, since a connection that is used again at once is used warm.
    pub engine: u32,
    /// For whatever else is done over many tenants or none: giving positions, sending webhooks, retention.
    pub background: u32,
    pub identity: u32,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self { requests: 10, ingress: 4, engine: 4, background: 4, identity: 2 }
    }
}

/// The database, as the rest of the product sees it.
///
/// Invariant: tenants' rows are reached only through [`TenantTx`], which runs as a role that row
/// security binds. The pools are private to this crate.
#[derive(Clone)]
pub struct Db {
    requests: PgPool,
    ingress: PgPool,
    engine: PgPool,
    background: PgPool,
    identity: PgPool,
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sequence: Sequence,
    followers: Vec<Arc<dyn Follower>>,
    wake: Wake,
    links: OnceLock<Links>,
    measurements: Measurements,
}

/// In-process hints that something was committed. Losing one costs a poll interval, nothing else.
#[derive(Debug, Default)]
pub struct Wake {
    pub work: Notify,
    pub webhooks: Notify,
    pub events: Notify,
    /// Events got their positions.
    pub positions: Notify,
}

impl Db {
    /// Opens the pools. No connection is made until the first use, so this succeeds while the
    /// server is still starting.
    pub fn open(
        options: PgConnectOptions,
        sizes: PoolSizes,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        followers: Vec<Arc<dyn Follower>>,
    ) -> Self {
        let shared = Shared {
            clock,
            random,
            sequence: Sequence::default(),
            followers,
            wake: Wake::default(),
            links: OnceLock::new(),
            measurements: Measurements::default(),
        };
        let options = options.options(BY_KEY);
        let by_keys = options.clone().options(BY_KEYS);
        Self {
            requests: pool(&options, "handoff_app", "5s", sizes.requests),
            ingress: pool(&options, "handoff_app", "5s", sizes.ingress),
            engine: pool(&by_keys, "handoff_worker", "60s", sizes.engine),
            background: pool(&by_keys, "handoff_worker", "60s", sizes.background),
            identity: pool(&options, "handoff_identity", "5s", sizes.identity),
            shared: Arc::new(shared),
        }
    }

    /// A transaction that sees one tenant's rows and no others.
    pub async fn tenant(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let tx =
            begin("requests", &self.requests, format!("begin; {}", bind_statement(tenant))).await?;
        Ok(TenantTx::new(tx, Some(tenant), self.clone()))
    }

    /// A transaction for received webhooks of many tenants, one bound at a time, from connections kept
    /// for them; it is bound to the first already. It sees no queue of another tenant.
    pub async fn ingress(&self, first: TenantId) -> Result<BatchTx, StoreError> {
        let tx =
            begin("ingress", &self.ingress, format!("begin; {}", bind_statement(first))).await?;
        Ok(BatchTx::new(TenantTx::new(tx, Some(first), self.clone())))
    }

    /// A transaction of the engine: it sees the queues, and one tenant at a time after binding it.
    pub async fn batch(&self) -> Result<BatchTx, StoreError> {
        let tx = begin("background", &self.background, "begin".to_owned()).await?;
        Ok(BatchTx::new(TenantTx::new(tx, None, self.clone())))
    }

    /// As [`Db::batch`], from the connections for moving runs, bound to the tenant that is likely to be the first.
    pub async fn batch_of(&self, first: TenantId) -> Result<BatchTx, StoreError> {
        let tx = begin("engine", &self.engine, format!("begin; {}", bind_statement(first))).await?;
        Ok(BatchTx::new(TenantTx::new(tx, Some(first), self.clone())))
    }

    /// A transaction that belongs to no tenant: the registry and the queues, nothing else.
    pub async fn system(&self) -> Result<SystemTx, StoreError> {
        let tx = begin("background", &self.background, "begin".to_owned()).await?;
        Ok(SystemTx::new(tx))
    }

    /// A transaction about people and their sessions, before and beside any tenant: it sees them, who is a member
    /// of what, and nothing else of any tenant.
    pub async fn identity(&self) -> Result<SystemTx, StoreError> {
        let tx = begin("identity", &self.identity, "begin".to_owned()).await?;
        Ok(SystemTx::new(tx))
    }

    /// Says how links to files are made, once where they are served.
    pub fn serve_links(&self, links: Links) {
        let _first_stays = self.shared.links.set(links);
    }

    /// How links to files are made; none in a program that serves none.
    pub fn links(&self) -> Option<&Links> {
        self.shared.links.get()
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    pub fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.clock)
    }

    pub fn random(&self) -> &dyn Random {
        &*self.shared.random
    }

    /// A new id, greater than every id this process made before.
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        self.shared.sequence.next(self.clock(), self.random())
    }

    pub fn wake(&self) -> &Wake {
        &self.shared.wake
    }

    pub fn measurements(&self) -> &Measurements {
        &self.shared.measurements
    }

    pub(crate) fn followers(&self) -> &[Arc<dyn Follower>] {
        &self.shared.followers
    }

    /// Closes all connections.
    pub async fn close(&self) {
        futures::join!(
            self.requests.close(),
            self.ingress.close(),
            self.engine.close(),
            self.background.close(),
            self.identity.close()
        );
    }

    /// How many connections are open, and how many of them idle: for readiness and metrics.
    pub fn connections(&self) -> [(&'static str, u32, usize); 5] {
        [
            ("requests", &self.requests),
            ("ingress", &self.ingress),
            ("engine", &self.engine),
            ("background", &self.background),
            ("identity", &self.identity),
        ]
        .map(|(name, pool)| (name, pool.size(), pool.num_idle()))
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").finish_non_exhaustive()
    }
}

/// The statement that binds a transaction to a tenant. The id is a UUID, so it needs no quoting.
pub(crate) fn bind_statement(tenant: TenantId) -> String {
    // The setting must be local to the transaction. The planted bug shows that the tests notice.
    let scope = if kernel::faults::planted("session-scoped-tenant") { "session" } else { "local" };
    // A command, not `select set_config`: nothing to plan.
    format!("set {scope} app.tenant = '{}'", tenant.uuid())
}

fn pool(options: &PgConnectOptions, role: &str, statement_timeout: &str, size: u32) -> PgPool {
    let options = options.clone().application_name(role).options([
        ("role", role),
        ("statement_timeout", statement_timeout),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ]);
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

/// Begins a transaction so that dropping the caller cannot leave the connection inside one.
///
/// A future dropped while `begin` waits returns its connection to the pool in an open transaction;
/// the next borrower's acknowledged write then vanishes (launchbadge/sqlx#4393). A spawned task is
/// not dropped with its caller.
pub(crate) async fn begin(
    name: &'static str,
    pool: &PgPool,
    statement: String,
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let pool = pool.clone();
    // Boxed, since connecting takes 15 kB of state: whatever awaits this would be as large, and is moved when it is
    // spawned.
    let begins = async move { Box::pin(pool.begin_with(AssertSqlSafe(statement))).await };
    if kernel::faults::planted("unspawned-begin") {
        return Ok(begins.await?);
    }
    let waiting = std::time::Instant::now();
    let begun = tokio::spawn(begins);
    let begun = begun.await;
    metrics::histogram!("handoff_database_begin_seconds", "pool" => name)
        .record(waiting.elapsed().as_secs_f64());
    match begun {
        Ok(begun) => begun.map_err(StoreError::from),
        Err(_stopped) => Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)),
    }
}
