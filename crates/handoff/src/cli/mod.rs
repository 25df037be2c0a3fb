//! The command line.

mod admin;
mod api;
mod client;
mod doctor;
mod flow;
mod output;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use kernel::Secret;

use crate::{
    config::{Config, parse_listen, parse_roles},
    database::{self, GUARD_COMMAND},
    demo::{self, DemoOptions},
    node,
};

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  it failed; standard error says why
  2  the command line or a file given to it is wrong
  3  the run did not complete
  4  the server or the database cannot be reached
  5  not permitted";

/// Carries every client from the first message to paid, delivered work.
#[derive(Debug, Parser)]
#[command(name = "handoff", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Which installation a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The data directory (default: the user's data folder, or HANDOFF_DATA).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL server of your own instead of the private one.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Place {
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::from_environment(self.data.clone())?;
        config.database_url = self.database_url.clone().map(Secret::new);
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform.
    #[command(after_help = "Example:\n  handoff serve --listen 127.0.0.1:8080")]
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address to listen on (default 127.0.0.1:8080, or HANDOFF_LISTEN).
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// No other server works on this database: take over what was interrupted at once.
        #[arg(long)]
        only_node: bool,
        /// What this node does: api, engine, or both (default; or HANDOFF_ROLES).
        #[arg(long, value_name = "ROLES")]
        roles: Option<String>,
        /// Also start simulators of all outside systems, and connect the default tenant to them.
        #[arg(long)]
        sandbox: bool,
    },
    /// Everything on this machine: one client's intake, each step shown as it happens.
    #[command(after_help = "Examples:\n  handoff demo\n  handoff demo --once --json")]
    Demo {
        /// The data directory (default: beside the real one).
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Do the journey, check it, and end.
        #[arg(long)]
        once: bool,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Run only the simulators, for a platform elsewhere.
    #[command(
        after_help = "Example:\n  handoff sandbox --listen 127.0.0.1:8090 --ledger-dir /tmp/ledgers"
    )]
    Sandbox {
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
        listen: String,
        /// Where ledgers are written; in memory without it.
        #[arg(long, value_name = "DIR")]
        ledger_dir: Option<PathBuf>,
    },
    /// Bring the database up to date.
    #[command(after_help = "Example:\n  handoff migrate --dry-run")]
    Migrate {
        #[command(flatten)]
        place: Place,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        json: bool,
    },
    /// Say what is configured, reachable and missing, and what to do about it.
    #[command(after_help = "Example:\n  handoff doctor --json")]
    Doctor {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
    /// Create and list tenants.
    #[command(subcommand, after_help = "Example:\n  handoff tenant create \"Acme Studio\" --json")]
    Tenant(admin::TenantCommand),
    /// Create, list and revoke API tokens.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff token create invoice_system --role partner"
    )]
    Token(admin::TokenCommand),
    /// Set, list and test connections to outside systems.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff connection set slack --file slack.json"
    )]
    Connection(admin::ConnectionCommand),
    /// Look at runs, cancel and retry them.
    #[command(subcommand, after_help = "Example:\n  handoff run list --status faulted")]
    Run(api::RunCommand),
    /// Read the event log.
    #[command(subcommand, after_help = "Example:\n  handoff event tail --follow --type lead.")]
    Event(api::EventCommand),
    /// Look at received webhooks, and replay them.
    #[command(subcommand, after_help = "Example:\n  handoff webhook replay whd_… --dry-run")]
    Webhook(api::WebhookCommand),
    /// List, start, check and try flows.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff flow run flow.yaml --input '{\"name\":\"Ada\"}'"
    )]
    Flow(flow::FlowCommand),
    /// Keeps the private PostgreSQL; started by the program itself.
    #[command(name = GUARD_COMMAND, hide = true)]
    PostgresGuard,
}

/// How a command can end other than well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}")]
    Forbidden(String),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 4,
            Self::Forbidden(_) => 5,
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::PostgresGuard) {
        return store::local::guard_main();
    }
    let level = if matches!(cli.command, Command::Serve { .. }) { "info" } else { "warn" };
    output::log_to_stderr(level);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(&format!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(Box::pin(run(cli.command))) {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::from(code_of(&error))
        }
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.code();
    }
    let is_database = error.chain().any(|cause| {
        cause.downcast_ref::<store::StoreError>().is_some_and(store::StoreError::is_transient)
    });
    if is_database { 4 } else { 1 }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { place, listen, only_node, roles, sandbox } => {
            let mut config = place.config()?;
            if let Some(listen) = listen {
                config.listen =
                    parse_listen(&listen).map_err(|error| Failure::Usage(error.to_string()))?;
            }
            if roles.is_some() {
                config.runs_engine = parse_roles(roles.as_deref())
                    .map_err(|error| Failure::Usage(error.to_string()))?;
            }
            (config.is_only_node, config.sandbox) = (only_node, sandbox);
            node::serve(config).await?;
        }
        Command::Demo { data, listen, once, json } => {
            let mut config = Config::from_environment(data.clone())?;
            config.database_url = None;
            if data.is_none() {
                config.data = demo::default_data(&config);
            }
            if let Some(listen) = listen {
                config.listen =
                    parse_listen(&listen).map_err(|error| Failure::Usage(error.to_string()))?;
            }
            return demo::run(DemoOptions { config, once, json }).await;
        }
        Command::Sandbox { listen, ledger_dir } => {
            let listen =
                parse_listen(&listen).map_err(|error| Failure::Usage(error.to_string()))?;
            node::serve_sandbox(listen, ledger_dir).await?;
        }
        Command::Migrate { place, dry_run, json } => migrate(&place, dry_run, json).await?,
        Command::Doctor { place, json } => return doctor::run(&place, json).await,
        Command::Tenant(command) => admin::tenant(command).await?,
        Command::Token(command) => admin::token(command).await?,
        Command::Connection(command) => return admin::connection(command).await,
        Command::Run(command) => api::run(command).await?,
        Command::Event(command) => api::event(command).await?,
        Command::Webhook(command) => api::webhook(command).await?,
        Command::Flow(command) => return flow::run(command).await,
        Command::PostgresGuard => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(place: &Place, dry_run: bool, json: bool) -> anyhow::Result<()> {
    let opened = database::open(&place.config()?).await?;
    let report = store::migrate::migrate(&opened.options, dry_run).await;
    opened.close().await;
    let report = report?;
    let names: Vec<String> =
        report.pending.iter().map(|it| format!("{:04}_{}", it.version, it.name)).collect();
    if json {
        let key = if dry_run { "pending" } else { "applied" };
        output::json(&serde_json::json!({ "applied_before": report.applied_before, key: names }));
    } else if names.is_empty() {
        output::line(&format!(
            "The database is up to date ({} migrations).",
            report.applied_before
        ));
    } else {
        output::line(if dry_run { "Would apply:" } else { "Applied:" });
        for name in names {
            output::line(&format!("  {name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands().filter(|it| !it.is_hide_set()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} has no example", command.get_name());
        }
    }

    #[test]
    fn the_exit_codes_are_the_documented_ones() {
        let all = [
            (Failure::Usage(String::new()), 2),
            (Failure::Unreachable(String::new()), 4),
            (Failure::Forbidden(String::new()), 5),
        ];
        for (failure, code) in all {
            assert_eq!(code_of(&failure.into()), code);
            assert!(EXIT_CODES.contains(&format!("\n  {code}  ")));
        }
        assert_eq!(code_of(&anyhow::anyhow!("anything")), 1);
    }
}
