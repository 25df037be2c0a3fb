//! The app in a browser: Playwright with Chromium, against a program with its sandbox.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{node, playwright};
use crate::{debian, postgres, workspace};

/// Where Debian and others put it.
const CHROMIUM: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

pub(super) fn check() -> anyhow::Result<()> {
    run(&["test"], &[])
}

pub(super) fn screenshots(folder: &Path, only: Option<&str>) -> anyhow::Result<()> {
    let only = only.unwrap_or_default();
    run(
        &["test", "--config", "e2e/screenshots.config.ts"],
        &[("SCREENSHOTS", folder.as_os_str()), ("SCREENSHOTS_OF", only.as_ref())],
    )?;
    println!("{}", folder.display());
    Ok(())
}

fn run(arguments: &[&str], environment: &[(&str, &OsStr)]) -> anyhow::Result<()> {
    node::install()?;
    let mut command = playwright(arguments);
    command.env("HANDOFF_BINARY", workspace::target()?.join("debug/handoff"));
    command.env("HANDOFF_POSTGRES_BIN", postgres::ensure()?.folder);
    command.env("CHROMIUM", chromium()?);
    command.envs(environment.iter().copied());
    workspace::run(&mut command)
}

/// A Chromium of this machine, installed first where that is possible.
fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    eprintln!("installing Chromium …");
    let installed = debian::install("chromium", &[]);
    find().with_context(|| match installed {
        Ok(()) => "Chromium was installed, and is not where it was looked for".to_owned(),
        Err(error) => format!(
            "Chromium is not installed, and cannot be by us ({error:#}); install it, or name it in the variable CHROMIUM"
        ),
    })
}

fn find() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named.into_iter().chain(CHROMIUM.map(PathBuf::from)).find(|path| path.exists())
}
