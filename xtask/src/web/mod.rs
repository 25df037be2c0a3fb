//! `cargo xtask web`: the web app, which lives in `web/`.

mod browser;
mod node;

use std::process::Command;

use anyhow::Context as _;

use crate::workspace;

/// Run the web app's development server, or build and check the app.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<WebCommand>,
    /// The running program that the development server speaks to (or HANDOFF_URL).
    #[arg(long, value_name = "URL", env = "HANDOFF_URL", default_value = "http://127.0.0.1:8080")]
    server: String,
}

#[derive(clap::Subcommand)]
enum WebCommand {
    /// Build the app, so that the next build of the program embeds it.
    Build,
    /// Types, lint, formatting and unit tests.
    Check,
    /// The app in a browser, against a program with its sandbox.
    Browser,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match arguments.command {
        None => develop(&arguments.server),
        Some(WebCommand::Build) => build(),
        Some(WebCommand::Check) => check(),
        Some(WebCommand::Browser) => browser::check(),
    }
}

/// Serves the sources, rebuilt as they change. Requests go to the running program.
fn develop(server: &str) -> anyhow::Result<()> {
    node::install()?;
    eprintln!("requests go to {server}; start one with `cargo xtask demo` where none runs");
    workspace::run(node::npm(&["run", "dev"]).env("HANDOFF_URL", server))
}

/// The app's files into `web/dist/app`.
pub fn build() -> anyhow::Result<()> {
    node::install()?;
    workspace::run(&mut node::npm(&["run", "build"]))
}

/// The same where Node is there, for what works without pages, too.
pub fn build_where_possible() -> anyhow::Result<()> {
    if node::is_there() {
        return build();
    }
    eprintln!(
        "Node.js 20 or later is not installed, so there will be no pages, only the interfaces of programs"
    );
    Ok(())
}

pub fn check() -> anyhow::Result<()> {
    node::install()?;
    node::check_lock_file()?;
    workspace::run(&mut node::npm(&["run", "check"]))
}

/// The tests in a browser.
pub fn check_in_browser() -> anyhow::Result<()> {
    browser::check()
}

/// Take a screenshot of every page.
#[derive(clap::Args)]
pub struct Screenshots {
    /// Where the pictures go.
    #[arg(long, value_name = "DIR", default_value = "target/screenshots")]
    folder: std::path::PathBuf,
    /// Only those whose file's name this regular expression finds, such as `^clients-.*light`.
    #[arg(value_name = "REGEX")]
    only: Option<String>,
}

pub fn screenshots(arguments: &Screenshots) -> anyhow::Result<()> {
    let folder = std::path::absolute(&arguments.folder).context("not a usable folder")?;
    browser::screenshots(&folder, arguments.only.as_deref())
}

fn playwright(arguments: &[&str]) -> Command {
    let mut command = node::npm(&["exec", "--", "playwright"]);
    command.args(arguments);
    command
}
