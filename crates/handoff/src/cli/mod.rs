//! The command line.

mod alert;
mod backup;
mod client;
mod connection;
mod currency;
mod deliverable;
mod describe;
mod doctor;
mod event;
mod flow;
mod form;
mod human_task;
mod invoice;
mod lead;
mod local;
mod member;
mod migrate;
pub(crate) mod output;
mod paging;
mod place;
mod project;
mod prompt;
mod retention;
mod role;
mod run;
mod server;
mod tenant;
mod token;
mod webhook;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser, Subcommand};
use place::Place;

use crate::{
    config::{self, Config, parse_listen, parse_roles},
    database::GUARD_COMMAND,
    demo::{self, DemoOptions},
    failure::{code_of, sentence},
    serve,
};

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  it failed; standard error says why
  2  the command line, a file given to it, or what it asked of the server is wrong
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
        /// Address to listen on; a free port of 127.0.0.1 without it when 8080 is taken.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Do the journey, check it, and end.
        #[arg(long)]
        once: bool,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Run only the simulators, for a platform elsewhere, and say how to connect to them.
    #[command(
        after_help = "Example:\n  handoff sandbox --listen 127.0.0.1:8090 --ledger-dir /tmp/ledgers"
    )]
    Sandbox {
        /// Address to listen on.
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
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write everything that the database holds into one file, while the server runs.
    #[command(
        after_help = "Examples:\n  handoff backup handoff.backup\n  handoff backup - | ssh host 'cat > handoff.backup'"
    )]
    Backup(backup::BackupCommand),
    /// Put a backup into an empty database.
    #[command(after_help = "Example:\n  handoff restore handoff.backup --data /srv/restored")]
    Restore(backup::RestoreCommand),
    /// Say what is configured, reachable and missing, and what to do about it.
    #[command(after_help = "Examples:\n  handoff doctor\n  handoff doctor --offline --json")]
    Doctor {
        #[command(flatten)]
        place: Place,
        /// Do not ask the outside systems whether the connections work.
        #[arg(long)]
        offline: bool,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Create and list tenants.
    #[command(subcommand, after_help = "Example:\n  handoff tenant create \"Acme Studio\" --json")]
    Tenant(tenant::TenantCommand),
    /// Create, list and revoke API tokens.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff token create invoice_system --role partner"
    )]
    Token(token::TokenCommand),
    /// Invite people who sign in, and say what each may do.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff member invite ada@example.com --role owner"
    )]
    Member(member::MemberCommand),
    /// Make roles of permissions, beside the built-in ones.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff role save sales_director --permission read:leads"
    )]
    Role(role::RoleCommand),
    /// Set, list and test connections to outside systems.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff connection set slack --file slack.json"
    )]
    Connection(connection::ConnectionCommand),
    /// Look at clients, and correct who they are.
    #[command(subcommand, after_help = "Example:\n  handoff client list --stage assessed")]
    Client(client::ClientCommand),
    /// Look at leads and their assessments.
    #[command(subcommand, after_help = "Example:\n  handoff lead list --status open")]
    Lead(lead::LeadCommand),
    /// Make forms that clients fill in, and look at what they wrote.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff form create 'Tell us about your project'"
    )]
    Form(form::FormCommand),
    /// See what runs ask people for, and answer.
    #[command(subcommand, after_help = "Example:\n  handoff human-task list --status open")]
    HumanTask(human_task::HumanTaskCommand),
    /// Look at deliverables, read their text, and approve or reject them.
    #[command(subcommand, after_help = "Example:\n  handoff deliverable show deliv_… --markdown")]
    Deliverable(deliverable::DeliverableCommand),
    /// Look at what AI is asked, and write it yourself.
    #[command(subcommand, after_help = "Example:\n  handoff prompt publish copywriting.md")]
    Prompt(prompt::PromptCommand),
    /// Look at projects, and complete their milestones.
    #[command(subcommand, after_help = "Example:\n  handoff project list --lead lead_…")]
    Project(project::ProjectCommand),
    /// Look at invoices, and save them as PDF.
    #[command(subcommand, after_help = "Example:\n  handoff invoice list --status issued")]
    Invoice(invoice::InvoiceCommand),
    /// See what needs a person, and say that it was dealt with.
    #[command(subcommand, after_help = "Example:\n  handoff alert list")]
    Alert(alert::AlertCommand),
    /// Look at runs, cancel and retry them.
    #[command(subcommand, after_help = "Example:\n  handoff run list --status faulted")]
    Run(run::RunCommand),
    /// See and change for how long runs are kept.
    #[command(subcommand, after_help = "Example:\n  handoff retention set --run-days 90")]
    Retention(retention::RetentionCommand),
    /// Read the event log.
    #[command(subcommand, after_help = "Example:\n  handoff event tail --follow --type lead.")]
    Event(event::EventCommand),
    /// Look at received and sent webhooks, replay them, and subscribe others to events.
    #[command(subcommand, after_help = "Example:\n  handoff webhook replay whd_… --dry-run")]
    Webhook(webhook::WebhookCommand),
    /// List, start, check and try flows.
    #[command(
        subcommand,
        after_help = "Example:\n  handoff flow run flow.yaml --input '{\"name\":\"Ada\"}'"
    )]
    Flow(flow::FlowCommand),
    /// Print the OpenAPI document of the HTTP interface.
    #[command(after_help = "Example:\n  handoff openapi > openapi.json")]
    Openapi,
    /// Print completions of commands and options for a shell.
    #[command(
        after_help = "Example:\n  handoff completions bash > ~/.local/share/bash-completion/completions/handoff"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Keeps the private PostgreSQL; started by the program itself.
    #[command(name = GUARD_COMMAND, hide = true)]
    PostgresGuard,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::PostgresGuard) {
        return store::local::guard_main();
    }
    let level = if matches!(cli.command, Command::Serve { .. }) { "info" } else { "warn" };
    if let Err(error) = output::log_to_stderr(level) {
        output::complain(&error.to_string());
        return ExitCode::from(error.code());
    }
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
            output::complain(&sentence(&error));
            ExitCode::from(code_of(&error))
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { place, listen, only_node, roles, sandbox } => {
            let mut config = place.config()?;
            if let Some(listen) = listen {
                config.listen = parse_listen(&listen)?;
            }
            if roles.is_some() {
                config.runs_engine = parse_roles(roles.as_deref())?;
            }
            (config.is_only_node, config.sandbox) = (only_node, sandbox);
            serve::platform(config).await?;
        }
        Command::Demo { data, listen, once, json } => {
            let mut config = Config::from_environment(data.clone())?;
            config.database_url = None;
            // Its simulators are called under its own address, over plain HTTP.
            (config.tls, config.public_url) = (None, None);
            if data.is_none() {
                config.data = demo::default_data(&config);
            }
            let is_listen_given = listen.is_some() || config::text("HANDOFF_LISTEN").is_some();
            if let Some(listen) = listen {
                config.listen = parse_listen(&listen)?;
            }
            return demo::run(DemoOptions { config, once, json, is_listen_given }).await;
        }
        Command::Sandbox { listen, ledger_dir } => {
            let listen = parse_listen(&listen)?;
            serve::sandbox(listen, ledger_dir).await?;
        }
        Command::Migrate { place, dry_run, json } => migrate::run(&place, dry_run, json).await?,
        Command::Doctor { place, offline, json } => {
            return doctor::run(&place, offline, json).await;
        }
        Command::Backup(command) => backup::backup(command).await?,
        Command::Restore(command) => backup::restore(command).await?,
        Command::Tenant(command) => tenant::run(command).await?,
        Command::Token(command) => token::run(command).await?,
        Command::Member(command) => member::run(command).await?,
        Command::Role(command) => role::run(command).await?,
        Command::Connection(command) => return connection::run(command).await,
        Command::Client(command) => client::run(command).await?,
        Command::Lead(command) => lead::run(command).await?,
        Command::Form(command) => form::run(command).await?,
        Command::HumanTask(command) => human_task::run(command).await?,
        Command::Deliverable(command) => deliverable::run(command).await?,
        Command::Prompt(command) => prompt::run(command).await?,
        Command::Project(command) => project::run(command).await?,
        Command::Invoice(command) => invoice::run(command).await?,
        Command::Alert(command) => alert::run(command).await?,
        Command::Retention(command) => retention::run(command).await?,
        Command::Run(command) => run::run(command).await?,
        Command::Event(command) => event::run(command).await?,
        Command::Webhook(command) => return webhook::run(command).await,
        Command::Flow(command) => return flow::run(command).await,
        Command::Openapi => describe::openapi()?,
        Command::Completions { shell } => describe::completions(shell, Cli::command()),
        Command::PostgresGuard => {}
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
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
    fn the_readme_names_every_command() {
        let readme = include_str!("../../../../README.md");
        for command in Cli::command().get_subcommands().filter(|it| !it.is_hide_set()) {
            let name = command.get_name();
            let rows: String = readme
                .lines()
                .filter(|line| line.split(['`', ' ']).nth(2) == Some(name))
                .filter_map(|line| line.split('|').nth(1))
                .collect();
            assert!(!rows.is_empty(), "{name} has no row");
            let words: Vec<&str> = rows.split(['`', ' ', ',']).collect();
            for below in command.get_subcommands().map(clap::Command::get_name) {
                assert!(words.contains(&below), "the rows of {name} do not name {below}");
            }
        }
    }

    #[test]
    fn every_option_says_what_it_is() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments().filter(|it| !it.is_hide_set()) {
                let is_said = argument.get_help().is_some();
                assert!(is_said, "{} of {} says nothing", argument.get_id(), command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn bad_values_are_refused_before_anything_is_opened() {
        for wrong in [
            "token create x --role King",
            "token create x --days 900",
            "token create x --rate 0",
            "tenant create x --currency dollars",
            "run list --limit 100000",
            "run list --limit 0",
            "run list --status bogus",
            "invoice list --status late",
            "project complete p m --progress 101",
            "project complete p m --amount 5",
        ] {
            let words = ["handoff"].into_iter().chain(wrong.split(' '));
            let refused = Cli::try_parse_from(words).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{wrong}");
        }
    }
}
