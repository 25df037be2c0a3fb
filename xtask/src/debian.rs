//! Packages of Debian, where we may install them.

use std::{path::Path, process::Command};

use crate::workspace;

/// Whether this is a system with Debian's packages.
pub fn is_here() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// Installs a package, with further arguments for `apt-get install`.
pub fn install(package: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
        command
    };
    workspace::output(apt().arg("update"))?;
    workspace::output(apt().args(["install", "-y"]).args(arguments).arg(package))?;
    Ok(())
}
