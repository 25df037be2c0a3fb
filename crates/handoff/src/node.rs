//! One node: everything put together, started and stopped.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use connector_kit::http::{EgressPolicy, Http};
use connectors::ai::prompts::Library;
use documents::Typesetter;
use domain::{App, Press, PublicUrl, Registry};
use engine::{Engine, EngineOptions, FlowFollower, Flows, LoadError, Outside};
use kernel::{Clock, Random, SystemClock, SystemRandom, TenantId};
use sandbox::{MailServer, Sandbox, SandboxOptions};
use store::{Db, PgConnectOptions, PoolSizes, links::Links, migrate, seal::Keyring};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use webhooks::{
    Receiver,
    intake::Intake,
    outgoing::{AssistantWatcher, MessageFollower, Payloads, Sender, SenderOptions},
};

pub use crate::failure::of_problem as problem;
use crate::{
    config::Config,
    default_tenant,
    failure::Failure,
    flow_operations::{FlowOperations, operation_catalog},
    identity_provider::Provider,
    keys,
    listen::{Door, TlsKeys},
    measuring,
    outside::{Adapters, ContractPayloads},
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
    /// The bodies of webhooks in the format `mwd`.
    pub payloads: Arc<dyn Payloads>,
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
            payloads: Arc::new(ContractPayloads),
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
    is_tls: bool,
    pub app: Arc<App>,
    pub engine: Engine,
    pub sandbox: Option<Arc<Sandbox>>,
    _mail: Option<MailServer>,
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
    http: Http,
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
    own: &[(String, String)],
) -> anyhow::Result<(Arc<Flows>, FlowOperationsHandle)> {
    // Flows may call every operation but those about flows, which need the flows to exist.
    let callable = Registry::new(
        domain::operations().into_iter().chain(webhooks::operations()).collect::<Vec<_>>(),
    )?;
    let operations = Arc::new(FlowOperations(Arc::clone(adapters), operation_catalog(&callable)));
    let flows = Flows::load(&crate::flows::shipped(), own, &*operations, &**adapters).map_err(
        |errors| {
            let lines: Vec<String> = errors
                .0
                .iter()
                .flat_map(|LoadError { file, problems }| {
                    problems.iter().map(move |problem| format!("{file}:{problem}"))
                })
                .collect();
            Failure::Usage(format!("these flows cannot be run:\n{}", lines.join("\n")))
        },
    )?;
    Ok((Arc::new(flows), FlowOperationsHandle(operations)))
}

/// Keeps the operations' adapter opaque to callers.
pub struct FlowOperationsHandle(Arc<FlowOperations>);

/// Puts the product together.
pub fn assemble(options: &NodeOptions, extra_hosts: &[String]) -> anyhow::Result<Product> {
    let mut allowed = options.config.allowed_private_hosts.clone();
    allowed.extend_from_slice(extra_hosts);
    let provider = options.config.identity_provider.clone();
    let provider = provider.map(|settings| Provider::new(settings, &allowed));
    let http = Http::new(EgressPolicy { allowed_private_hosts: allowed });
    let prompts = Arc::new(Library::load(options.config.prompts.as_deref())?);
    let own = crate::flows::own(options.config.flows.as_deref())?;
    let mut connectors = connectors::all(Arc::clone(&prompts));
    connectors.push(protocols::secrets_connector());
    let adapters = Adapters::new(
        prompts,
        connectors,
        http.clone(),
        options.config.allowed_processes,
        Arc::clone(&options.clock),
        Arc::clone(&options.keyring),
    );
    if let Some(provider) = provider {
        adapters.sign_in_through(provider);
    }
    let (flows, FlowOperationsHandle(operations)) = compile_flows(&adapters, &own)?;
    let starts = Arc::new(FlowFollower::new(Arc::clone(&flows)));
    let messages = Arc::new(MessageFollower::new(Arc::clone(&options.payloads)));
    let db = Db::open(
        options.database.clone(),
        options.pools,
        Arc::clone(&options.clock),
        Arc::clone(&options.random),
        vec![starts, messages],
    );
    let registry = Registry::new(all_operations(&flows))?;
    let outside: Arc<dyn domain::Outside> = Arc::<Adapters>::clone(&adapters);
    let press = Press::new(Typesetter::load(options.config.templates.as_deref())?);
    let watcher = Arc::new(AssistantWatcher::new(http.clone()));
    let keyring = Arc::clone(&options.keyring);
    let public_url = options.config.public_url.clone().unwrap_or_default();
    let app = App::new(db.clone(), registry, keyring, outside, vec![watcher], public_url, press);
    adapters.connect(db, Some(Arc::clone(&app)));
    let functions: Arc<dyn engine::Functions> = Arc::<Adapters>::clone(&adapters);
    Ok(Product { app, flows, outside: Outside { operations, functions }, adapters, http })
}

/// What a node does by itself, beside answering requests.
fn work(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    app: &Arc<App>,
    engine: &Engine,
    http: Http,
    config: &Config,
) {
    if config.runs_engine {
        let (running, until) = (engine.clone(), stop.clone());
        tasks.spawn(async move { running.run(until).await });
        let options = SenderOptions { is_only_node: config.is_only_node };
        let sender = Sender::new(app.db.clone(), http, Arc::clone(&app.keyring), options);
        let until = stop.clone();
        tasks.spawn(async move { sender.run(until).await });
        tasks.spawn(domain::memory::memories::expire_regularly(app.db.clone(), stop.clone()));
    }
    tasks.spawn(measuring::measure(Arc::clone(app), config.runs_engine, stop.clone()));
    let (watching, until) = (Arc::clone(app), stop.clone());
    tasks.spawn(async move { watching.live.watch(&watching.db, until).await });
}

impl Node {
    /// Migrates, sets up the default tenant, and serves.
    pub async fn start(mut options: NodeOptions) -> anyhow::Result<Self> {
        migrate::migrate(&options.database, false).await.context("the migrations failed")?;
        migrate::check_roles(&options.database).await.map_err(anyhow::Error::msg)?;
        let tls = options.config.tls.clone().map(TlsKeys::load).transpose()?;
        let is_tls = tls.is_some();
        let listener = TcpListener::bind(options.config.listen).await.with_context(|| {
            format!("cannot listen on {}; is another program there?", options.config.listen)
        })?;
        let address = listener.local_addr()?;
        // Without a public address only simulators, which run here, can follow a link.
        let is_reachable = options.config.public_url.is_some() || options.sandbox.is_some();
        options.config.public_url.get_or_insert_with(|| PublicUrl::of_listener(address, is_tls));
        let sandbox = options.sandbox.clone().map(Sandbox::new).transpose()?.map(Arc::new);
        let mut own_hosts = Vec::new();
        let mut mail = None;
        if let Some(sandbox) = &sandbox {
            mail = Some(sandbox.serve_mail((address.ip(), 0).into()).await?);
            own_hosts.push(address.to_string());
            own_hosts.extend(sandbox.mail_host());
        }
        let product = assemble(&options, &own_hosts)?;
        let app = product.app;
        let reached_at = is_reachable.then(|| app.public_url().to_string());
        app.db.serve_links(Links::new(&options.keyring, reached_at.as_deref()));
        keys::take_up(&app, &options.config).await?;
        let base = format!("{}://{address}", if is_tls { "https" } else { "http" });
        if let Some(sandbox) = &sandbox {
            sandbox.serve_intakes(&base);
        }
        let default_tenant =
            default_tenant::of_the_start(&app, &options.config, sandbox.as_deref(), &base).await?;
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
        work(&tasks, &stop, &app, &engine, product.http, &options.config);
        let door = Door { tls, proxies: options.config.trusted_proxies.clone() };
        let until = stop.clone();
        tasks.spawn(async move { server::serve(listener, router, door, until).await });
        tracing::info!(%address, "ready");
        Ok(Self {
            address,
            is_tls,
            app,
            engine,
            sandbox,
            _mail: mail,
            default_tenant,
            stop,
            tasks,
            receiving,
        })
    }

    /// Where programs on this machine reach it.
    pub fn base(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.address)
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
