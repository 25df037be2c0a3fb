//! `cargo xtask database`: a database for checked queries while editing.

use std::path::PathBuf;

use crate::postgres::{self, cluster::Cluster};

/// Start a database with the current migrations at a fixed place and print its DATABASE_URL.
///
/// It is built anew at each start and runs until Ctrl-C. With `SQLX_OFFLINE=false` and the printed
/// DATABASE_URL in the environment, `cargo check` verifies every query against it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where its data and its socket live.
    #[arg(long, default_value = "/tmp/handoff-dev-pg")]
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut cluster = Cluster::lasting(postgres::ensure()?, arguments.folder.clone())?;
    postgres::recreate_database(&cluster)?;
    println!("export SQLX_OFFLINE=false DATABASE_URL='{}'", cluster.url());
    eprintln!("Running until Ctrl-C.");
    cluster.wait()
}
