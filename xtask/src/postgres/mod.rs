//! `cargo xtask postgres`: makes sure that PostgreSQL's programs are on this machine.

pub mod account;
pub mod cluster;
mod find;
mod install;
mod schema;
mod wire;

use std::path::PathBuf;

pub use find::Programs;
pub use schema::recreate_database;

/// Find PostgreSQL 15 or later, or install it, and print the folder of its programs.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only look: fail where nothing is installed.
    #[arg(long)]
    no_install: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let programs = match find::find() {
        Some(programs) => programs,
        None if arguments.no_install => {
            anyhow::bail!("no PostgreSQL 15 or later on this machine; run `cargo xtask postgres`")
        }
        None => ensure()?,
    };
    println!("{}", programs.folder.display());
    Ok(())
}

/// PostgreSQL's programs: those that are there, else freshly installed ones.
pub fn ensure() -> anyhow::Result<Programs> {
    match find::find() {
        Some(programs) => Ok(programs),
        None => install::install(),
    }
}

/// Where downloaded programs live: `<folder>/<version>/bin`. The first is where new ones go.
fn downloads() -> Vec<PathBuf> {
    // Root's own cache cannot be read by the user that the server then runs as.
    let is_root = matches!(account::Account::to_run_as(), Ok(Some(_)));
    let system = is_root.then(|| PathBuf::from("/var/cache/handoff/postgresql"));
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let own = own.unwrap_or_else(std::env::temp_dir).join("handoff/postgresql");
    system.into_iter().chain([own]).collect()
}
