//! One node: everything put together, started and stopped.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use connector_kit::http::{EgressPolicy, Http};
use connectors::ai::prompts::Library;
use domain::{
    App, Caller, Registry,
    identity::tenants::{self, NewTenant},
};
use engine::{Engine, EngineOptions, FlowFollower, Flows, Outside};
use kernel::{Clock, Random, SystemClock, SystemRandom, TenantId};
use sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use store::{Db, PgConnectOptions, PoolSizes, migrate, seal::Keyring};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use webhooks::{Receiver, intake::Intake};

use crate::{
    config::Config,
    database::{self, Opened},
    outside::{Adapters, FlowOperations, operation_catalog},
    server,
};

/// The tenant that the environment or the sandbox sets up.
pub const DEFAULT_TENANT: &str = "Default";

/// What a node runs on.
pub struct NodeOptions {
    pub database: PgConnectOptions,
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub keyring: Arc<Keyring>,
    pub sandbox: Option<SandboxOptions>,
    pub pools: PoolSizes,
    pub engine: EngineOptions,
}

impl NodeOptions {
    /// On the machine's clock and generator.
    pub fn new(database: PgConnectOptions, config: Config) -> anyhow::Result<Self> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let keyring = Arc::new(keyring(&config, &*random)?);
        let sandbox = config.sandbox.then(|| SandboxOptions {
            ledger_dir: Some(config.data.join("sandbox")),
            ..SandboxOptions::default()
        });
        let engine =
            EngineOptions { is_only_node: config.is_only_node, ..EngineOptions::default() };
        let clock = Arc::new(SystemClock);
        Ok(Self {
            database,
            config,
            clock,
            random,
            keyring,
            sandbox,
            pools: PoolSizes::default(),
            engine,
        })
    }
}

/// The keys that seal secrets: from the environment, else from the data directory's key file.
pub fn keyring(config: &Config, random: &dyn Random) -> anyhow::Result<Keyring> {
    let keyring = match &config.keys {
        Some(keys) => Keyring::parse(keys),
        None => Keyring::from_file(&config.key_file(), random),
    };
    keyring.context("the sealing keys cannot be used")
}

/// A running node.
pub struct Node {
    pub address: SocketAddr,
    pub app: Arc<App>,
    pub engine: Engine,
    pub sandbox: Option<Arc<Sandbox>>,
    /// The tenant that callers without a token of ours speak to.
    pub default_tenant: Option<TenantId>,
    stop: CancellationToken,
    tasks: TaskTracker,
    receiving: TaskTracker,
}

/// The product without its loops and its server: for commands that work on the database.
pub struct Product {
    pub app: Arc<App>,
    pub flows: Arc<Flows>,
    outside: Outside,
    adapters: Arc<Adapters>,
}

/// Every operation of the product.
pub fn all_operations(flows: &Arc<Flows>) -> Vec<domain::Operation> {
    let mut operations = domain::operations();
    operations.extend(webhooks::operations());
    operations.extend(domain::automation::operations(flows));
    operations
}

/// The flows alone, with what they may call: needs no database.
pub fn compile_flows(
    adapters: &Arc<Adapters>,
) -> anyhow::Result<(Arc<Flows>, FlowOperationsHandle)> {
    // Flows may call every operation but those about flows, which need the flows to exist.
    let callable = Registry::new(
        domain::operations().into_iter().chain(webhooks::operations()).collect::<Vec<_>>(),
    )?;
    let operations = Arc::new(FlowOperations(Arc::clone(adapters), operation_catalog(&callable)));
    let flows =
        Flows::load(&crate::flows::shipped(), &*operations, &**adapters).map_err(|error| {
            let problems: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the flow {} does not compile:\n{}", error.file, problems.join("\n"))
        })?;
    Ok((Arc::new(flows), FlowOperationsHandle(operations)))
}

/// Keeps the operations' adapter opaque to callers.
pub struct FlowOperationsHandle(Arc<FlowOperations>);

/// Puts the product together.
pub fn assemble(options: &NodeOptions, extra_hosts: &[String]) -> anyhow::Result<Product> {
    let mut allowed = options.config.allowed_private_hosts.clone();
    allowed.extend_from_slice(extra_hosts);
    let http = Http::new(EgressPolicy { allowed_private_hosts: allowed });
    let prompts = Arc::new(Library::load(options.config.prompts.as_deref())?);
    let connectors = connectors::all(prompts);
    let adapters =
        Adapters::new(connectors, http, Arc::clone(&options.clock), Arc::clone(&options.keyring));
    let (flows, FlowOperationsHandle(operations)) = compile_flows(&adapters)?;
    let follower = Arc::new(FlowFollower::new(Arc::clone(&flows)));
    let db = Db::open(
        options.database.clone(),
        options.pools,
        Arc::clone(&options.clock),
        Arc::clone(&options.random),
        vec![follower],
    );
    let registry = Registry::new(all_operations(&flows))?;
    let outside: Arc<dyn domain::Outside> = Arc::<Adapters>::clone(&adapters);
    let app = App::new(db.clone(), registry, Arc::clone(&options.keyring), outside);
    adapters.connect(db, Some(Arc::clone(&app)));
    let functions: Arc<dyn engine::Functions> = Arc::<Adapters>::clone(&adapters);
    Ok(Product { app, flows, outside: Outside { operations, functions }, adapters })
}

impl Node {
    /// Migrates, sets up the default tenant, and serves.
    pub async fn start(options: NodeOptions) -> anyhow::Result<Self> {
        migrate::migrate(&options.database, false).await.context("the migrations failed")?;
        migrate::check_roles(&options.database).await.map_err(anyhow::Error::msg)?;
        let listener = TcpListener::bind(options.config.listen).await.with_context(|| {
            format!("cannot listen on {}; is another program there?", options.config.listen)
        })?;
        let address = listener.local_addr()?;
        let sandbox = options.sandbox.clone().map(Sandbox::new).transpose()?.map(Arc::new);
        let own_hosts = sandbox.as_ref().map(|_| address.to_string());
        let product = assemble(&options, own_hosts.as_slice())?;
        let app = product.app;
        rewrap_secrets(&app).await?;
        let base = format!("http://{address}");
        let default_tenant =
            default_tenant(&app, &options.config, sandbox.as_deref(), &base).await?;
        let (tasks, receiving, stop) =
            (TaskTracker::new(), TaskTracker::new(), CancellationToken::new());
        let engine = Engine::new(app.db.clone(), product.flows, product.outside, options.engine);
        let intake = Arc::new(Intake {
            app: Arc::clone(&app),
            receiver: Receiver::start(&app.db, &receiving),
            secrets: product.adapters,
            default_tenant,
        });
        let router = server::router(Arc::clone(&app), intake, sandbox.as_deref());
        if options.config.runs_engine {
            let (running, until) = (engine.clone(), stop.clone());
            tasks.spawn(async move { running.run(until).await });
        }
        let until = stop.clone();
        tasks.spawn(async move { server::serve(listener, router, until).await });
        tracing::info!(%address, "ready");
        Ok(Self { address, app, engine, sandbox, default_tenant, stop, tasks, receiving })
    }

    /// Resolves when the node was told to stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Stops: no new requests, those under way are finished, calls come back or are left to the next
    /// start.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.receiving.close();
        self.app.work.close();
        self.app.work.wait().await;
        self.app.db.close().await;
    }
}

/// Seals secrets anew where an older key sealed them, so that the older key can be taken away.
async fn rewrap_secrets(app: &Arc<App>) -> anyhow::Result<()> {
    if app.keyring.ids().count() < 2 {
        return Ok(());
    }
    for tenant in tenants::list_tenants(&app.db).await.map_err(problem)? {
        let mut tx = app.db.tenant(tenant.tenant_id).await?;
        let count = domain::connections::rewrap(&mut tx, &app.keyring).await.map_err(problem)?;
        tx.commit().await?;
        if 0 < count {
            tracing::info!(tenant = tenant.slug, count, "secrets were sealed with the newest key");
        }
    }
    Ok(())
}

/// The tenant of whoever never meets tenants: from the environment, or the sandbox's.
async fn default_tenant(
    app: &Arc<App>,
    config: &Config,
    sandbox: Option<&Sandbox>,
    base: &str,
) -> anyhow::Result<Option<TenantId>> {
    let existing = tenants::list_tenants(&app.db).await.map_err(problem)?;
    let wanted = config.tenant.is_set() || sandbox.is_some();
    let known = existing.iter().find(|tenant| tenant.slug == DEFAULT_TENANT.to_lowercase());
    let tenant = match (known, existing.as_slice()) {
        (Some(tenant), _) => tenant.tenant_id,
        (None, [only]) if !wanted => return Ok(Some(only.tenant_id)),
        (None, _) if !wanted => return Ok(None),
        (None, _) => {
            let new = NewTenant::named(DEFAULT_TENANT);
            tenants::create_tenant(&app.db, new).await.map_err(problem)?.0.tenant_id
        }
    };
    let mut settings: Vec<(String, Value)> = Vec::new();
    if sandbox.is_some() {
        settings.extend(
            Sandbox::connections(base).into_iter().map(|(it, value)| (it.to_owned(), value)),
        );
    }
    if config.tenant.is_set() {
        for (connector, value) in config.tenant.connections() {
            settings.retain(|(known, _)| known != connector);
            settings.push((connector.to_owned(), value));
        }
    }
    for (connector, value) in settings {
        ensure_connection(app, tenant, &connector, value).await?;
    }
    Ok(Some(tenant))
}

/// Sets a connection when it is not already what it should be.
async fn ensure_connection(
    app: &Arc<App>,
    tenant: TenantId,
    connector: &str,
    settings: Value,
) -> anyhow::Result<()> {
    let mut tx = app.db.tenant(tenant).await?;
    let present =
        domain::connections::load(&mut tx, &app.keyring, connector).await.map_err(problem)?;
    tx.commit().await?;
    if present.as_ref() == Some(&settings) {
        return Ok(());
    }
    let caller = Caller::system(tenant, "start");
    let input = json!({ "connector": connector, "settings": settings });
    app.invoke(&caller, "set_connection", input).await.map_err(problem).with_context(|| {
        format!("the connection `{connector}` cannot be set from the environment")
    })?;
    Ok(())
}

/// A problem as an error for the terminal.
pub fn problem(problem: domain::Problem) -> anyhow::Error {
    problem.log();
    let fields: Vec<String> = problem
        .errors()
        .iter()
        .map(|field| format!("\n  {}: {}", field.pointer, field.detail))
        .collect();
    anyhow::anyhow!("{}{}", problem.detail(), fields.concat())
}

/// The product on an opened database, for commands.
pub async fn library(config: &Config, opened: &Opened) -> anyhow::Result<Arc<App>> {
    migrate::migrate(&opened.options, false).await.context("the migrations failed")?;
    let options = NodeOptions::new(opened.options.clone(), config.clone())?;
    // The sandbox of a server that runs here is reached under that server's own address.
    let own = opened.attached.as_ref().and_then(|server| server.address.as_deref());
    let own: Vec<String> =
        own.and_then(|url| url.strip_prefix("http://")).map(str::to_owned).into_iter().collect();
    Ok(assemble(&options, &own)?.app)
}

/// Runs until the process is told to stop (`SIGINT`, `SIGTERM`).
pub async fn serve(mut config: Config) -> anyhow::Result<()> {
    let opened = database::open(&config).await?;
    if let Some(other) = &opened.attached {
        let address = other.address.as_deref().unwrap_or("an address it did not announce yet");
        anyhow::bail!(
            "a server already runs on {} (process {}, {address}); stop it first, or use another --data",
            config.data.display(),
            other.pid
        );
    }
    config.is_only_node |= opened.is_private();
    let node = Node::start(NodeOptions::new(opened.options.clone(), config.clone())?).await?;
    announce(&opened, &node)?;
    server::until_told_to_stop().await;
    tracing::info!("stopping; what is under way is finished first");
    node.stop().await;
    opened.close().await;
    Ok(())
}

/// Tells other programs of the data directory where this one listens.
pub(crate) fn announce(opened: &Opened, node: &Node) -> anyhow::Result<()> {
    if let Some((server, lock)) = &opened.private {
        lock.announce(&store::local::ServerInfo {
            pid: std::process::id(),
            address: Some(format!("http://{}", node.address)),
            socket_dir: server.socket_dir().to_owned(),
            started_at: SystemClock.now(),
        })?;
    }
    Ok(())
}

/// Runs the simulators alone until told to stop.
pub async fn serve_sandbox(
    listen: SocketAddr,
    ledger_dir: Option<std::path::PathBuf>,
) -> anyhow::Result<()> {
    let sandbox = Sandbox::new(SandboxOptions { ledger_dir, ..SandboxOptions::default() })?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is another program there?"))?;
    let address = listener.local_addr()?;
    tracing::warn!(%address, "the simulators are ready");
    let stop = CancellationToken::new();
    let until = stop.clone();
    let serving = tokio::spawn(server::serve(listener, sandbox.router(), until));
    server::until_told_to_stop().await;
    stop.cancel();
    serving.await?;
    Ok(())
}
