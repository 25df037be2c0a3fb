//! Brings a database to the state that `migrations/` describes.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{cluster::Cluster, wire::Connection};
use crate::workspace;

/// Drops the database `handoff` if it is there, and builds it anew from the files.
///
/// The order and the roles are those of the product's own migrator: the bootstrap as the login, then
/// each file in a transaction as the role that owns every table and cannot bypass row security.
pub fn recreate_database(cluster: &Cluster) -> anyhow::Result<()> {
    let mut server = cluster.connect("postgres")?;
    server.execute("drop database if exists handoff with (force)")?;
    server.execute("create database handoff")?;
    let mut database = cluster.connect("handoff")?;
    let bootstrap = workspace::root().join("migrations/bootstrap.sql");
    apply(&mut database, &bootstrap, "")?;
    for file in numbered()? {
        apply(&mut database, &file, "set local role handoff_owner;")?;
    }
    Ok(())
}

/// Runs a file in a transaction. What precedes it shares its first line, so that complaints name
/// the right one.
fn apply(database: &mut Connection, file: &Path, first: &str) -> anyhow::Result<()> {
    let shown = file.strip_prefix(workspace::root()).unwrap_or(file).display();
    let sql = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    database
        .execute(&format!("begin;{first}{sql}\n;commit"))
        .with_context(|| format!("{shown} cannot be applied"))
}

/// `migrations/NNNN_name.sql`, in order.
pub fn numbered() -> anyhow::Result<Vec<PathBuf>> {
    let folder = workspace::root().join("migrations");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(|letter: char| letter.is_ascii_digit()) && name.ends_with(".sql")
    });
    files.sort();
    Ok(files)
}
