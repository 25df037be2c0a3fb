//! Node and the packages of the app.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::workspace;

const OLDEST: u32 = 20;

pub(super) fn is_there() -> bool {
    version().is_ok_and(|version| OLDEST <= version)
}

fn version() -> anyhow::Result<u32> {
    let text = workspace::output(Command::new("node").arg("--version"))?;
    let major = text.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    major.parse().with_context(|| format!("`node --version` says `{}`", text.trim()))
}

/// `npm` in the app's folder.
pub(super) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(workspace::root().join("web"));
    command
}

/// The packages that the lock file names, unless they are there.
pub(super) fn install() -> anyhow::Result<()> {
    let version = version().context("the web app needs Node.js 20 or later: https://nodejs.org")?;
    ensure!(OLDEST <= version, "Node.js {version} is too old; the web app needs {OLDEST} or later");
    let web = workspace::root().join("web");
    let changed = |path: &str| std::fs::metadata(web.join(path)).and_then(|it| it.modified()).ok();
    // npm writes the second file at the end of each installation.
    let is_fresh = changed("package-lock.json") <= changed("node_modules/.package-lock.json");
    if is_fresh {
        return Ok(());
    }
    eprintln!("installing the packages of the web app …");
    workspace::run(&mut npm(&["ci", "--no-audit", "--no-fund"]))
}

/// That the lock file can be installed on a fresh machine, also where the packages are there already.
pub(super) fn check_lock_file() -> anyhow::Result<()> {
    workspace::run(&mut npm(&["ci", "--dry-run", "--no-audit", "--no-fund"]))
}
