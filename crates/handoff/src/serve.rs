//! The program as a whole: the platform, the simulators alone, and the product for one command.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use domain::App;
use kernel::{Clock as _, SystemClock};
use sandbox::{Sandbox, SandboxOptions};
use store::migrate;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    database::{self, Opened},
    failure::Failure,
    flows,
    listen::Door,
    node::{Node, NodeOptions, assemble},
    server,
    traces::Traces,
};

/// Runs until the process is told to stop (`SIGINT`, `SIGTERM`).
pub async fn platform(mut config: Config) -> anyhow::Result<()> {
    if config.sandbox && config.tls.is_some() {
        return Err(Failure::usage(
            "the simulators are called over plain HTTP; unset HANDOFF_TLS_CERT and HANDOFF_TLS_KEY, or leave --sandbox out",
        )
        .into());
    }
    // Before the database is started, which may take a while.
    flows::check_own(config.flows.as_deref(), config.prompts.as_deref())?;
    let traces = Traces::from_environment()?;
    let opened = database::open(&config).await?;
    if let Some(other) = &opened.attached {
        let address = other.address.as_deref().unwrap_or("an address it did not announce yet");
        anyhow::bail!(
            "a server already runs on {} (process {}, {address}); stop it first, or use another --data",
            config.data.display(),
            other.pid
        );
    }
    for half in config.tenant.half_set() {
        tracing::warn!("{half}: nothing is connected by them until all are set, see the README");
    }
    config.is_only_node |= opened.is_private();
    let node = Node::start(NodeOptions::new(opened.options.clone(), config.clone())?).await?;
    announce(&opened, &node, &config)?;
    server::until_told_to_stop().await;
    tracing::info!("stopping; what is under way is finished first");
    node.stop().await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    opened.close().await;
    Ok(())
}

/// Tells other programs of the data directory where this one listens.
pub(crate) fn announce(opened: &Opened, node: &Node, config: &Config) -> anyhow::Result<()> {
    if let Some((server, lock)) = &opened.private {
        let mut allowed_private_hosts = config.allowed_private_hosts.clone();
        allowed_private_hosts.extend(node.sandbox.as_ref().and_then(|sandbox| sandbox.mail_host()));
        lock.announce(&store::local::ServerInfo {
            pid: std::process::id(),
            address: Some(node.base()),
            socket_dir: server.socket_dir().to_owned(),
            allowed_private_hosts,
            started_at: SystemClock.now(),
        })?;
    }
    Ok(())
}

/// Runs the simulators alone until told to stop.
pub async fn sandbox(
    listen: SocketAddr,
    ledger_dir: Option<std::path::PathBuf>,
) -> anyhow::Result<()> {
    let sandbox = Sandbox::new(SandboxOptions { ledger_dir, ..SandboxOptions::default() })?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is another program there?"))?;
    let address = listener.local_addr()?;
    let _mail = sandbox.serve_mail((address.ip(), 0).into()).await?;
    crate::cli::output::line(&sandbox.introduction(&format!("http://{address}")));
    let stop = CancellationToken::new();
    let until = stop.clone();
    let serving = tokio::spawn(server::serve(listener, sandbox.router(), Door::default(), until));
    server::until_told_to_stop().await;
    stop.cancel();
    serving.await?;
    Ok(())
}

/// The product on an opened database, for commands.
pub async fn library(config: &Config, opened: &Opened) -> anyhow::Result<Arc<App>> {
    migrate::migrate(&opened.options, false).await.context("the migrations failed")?;
    let mut config = config.clone();
    if let Some(server) = &opened.attached {
        // What the server may call decides, not what the environment of this command says. The
        // sandbox of a server is reached under that server's own address.
        let address = server.address.as_deref();
        let own = address.and_then(|url| Some(url.split_once("://")?.1));
        config.allowed_private_hosts.clone_from(&server.allowed_private_hosts);
        config.allowed_private_hosts.extend(own.map(str::to_owned));
        if config.public_url.is_none() {
            config.public_url = server.address.as_deref().and_then(|url| url.parse().ok());
        }
    }
    let options = NodeOptions::new(opened.options.clone(), config)?;
    Ok(assemble(&options, &[])?.app)
}
