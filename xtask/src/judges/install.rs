//! Installs what a judge needs, as pinned beside it, and not again while the pins are the same.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use super::Judge;
use crate::workspace;

/// Folders that come first in the judge's `PATH`.
pub struct Tools {
    pub paths: Vec<PathBuf>,
}

pub fn install(judge: &Judge) -> anyhow::Result<Tools> {
    let mut paths = Vec::new();
    let lock = judge.folder.join("package-lock.json");
    if lock.exists() {
        let modules = judge.folder.join("node_modules");
        once(&lock, &modules, || {
            // Scripts of packages are not needed, and not trusted.
            let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
            workspace::output(Command::new("npm").args(quiet).current_dir(&judge.folder))
                .context("Node 20 or later with npm is needed")?;
            Ok(())
        })?;
        paths.push(modules.join(".bin"));
    }
    let requirements = judge.folder.join("requirements.txt");
    if requirements.exists() {
        let environment = workspace::target()?.join("judges/python").join(&judge.name);
        once(&requirements, &environment, || {
            workspace::output(
                Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment),
            )
            .context("Python 3.11 or later with `venv` is needed")?;
            let quiet = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
            let mut pip = Command::new(environment.join("bin/pip"));
            workspace::output(pip.args(quiet).arg("--requirement").arg(&requirements))?;
            Ok(())
        })?;
        paths.push(environment.join("bin"));
    }
    Ok(Tools { paths })
}

/// Does the work unless it was done to its end for the same pins.
fn once(
    pins: &Path,
    place: &Path,
    work: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wanted = std::fs::read(pins)?;
    let stamp = place.join(".installed");
    if std::fs::read(&stamp).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    work().with_context(|| format!("cannot install what {} names", pins.display()))?;
    std::fs::create_dir_all(place)?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_installed_again_only_for_other_pins() {
        let folder = std::env::temp_dir().join(format!("handoff-pins-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (pins, place) = (folder.join("pins"), folder.join("place"));
        let mut count = 0;
        let mut install = |text: &str| {
            std::fs::write(&pins, text).unwrap();
            once(&pins, &place, || {
                count += 1;
                Ok(())
            })
            .unwrap();
            count
        };
        assert_eq!(["a==1", "a==1", "a==2"].map(&mut install), [1, 1, 2]);
        assert!(
            once(&place.join(".installed"), &folder.join("other"), || anyhow::bail!("no")).is_err()
        );
        assert!(!folder.join("other").exists(), "what failed is not done");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
