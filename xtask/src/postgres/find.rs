//! Looks for PostgreSQL's programs where they usually are.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::workspace;

/// The oldest release whose row security the product relies on.
const OLDEST_MAJOR: u32 = 15;

/// A folder with `initdb` and `postgres`.
#[derive(Debug, Clone)]
pub struct Programs {
    pub folder: PathBuf,
}

impl Programs {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The explicit folder (`HANDOFF_POSTGRES_BIN`), `PATH`, Debian's folders, then downloads.
pub fn find() -> Option<Programs> {
    let explicit = std::env::var_os("HANDOFF_POSTGRES_BIN").map(PathBuf::from);
    let debian = versions_below(Path::new("/usr/lib/postgresql"));
    let downloaded = super::downloads().into_iter().flat_map(|folder| versions_below(&folder));
    explicit
        .into_iter()
        .chain(search_path())
        .chain(debian)
        .chain(downloaded)
        .find_map(|folder| examine(&folder))
}

fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// `<folder>/<version>/bin`, newest first.
fn versions_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(Result::ok)
        .map(|entry| (numbers(&entry.file_name().to_string_lossy()), entry.path().join("bin")))
        .collect();
    found.sort_by(|left, right| right.0.cmp(&left.0));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// Whether both programs are here and new enough.
pub fn examine(folder: &Path) -> Option<Programs> {
    // Follow links: what is in the search path is often a link into the real folder.
    let folder = folder.join("postgres").canonicalize().ok()?.parent()?.to_owned();
    if !folder.join("initdb").exists() {
        return None;
    }
    let version = workspace::output(Command::new(folder.join("postgres")).arg("--version")).ok()?;
    let major = *numbers(&version).first()?;
    (OLDEST_MAJOR <= major).then_some(Programs { folder })
}

/// The numbers in a text such as `postgres (PostgreSQL) 15.14 (Debian …)`.
fn numbers(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        assert_eq!(
            numbers("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)").first(),
            Some(&15)
        );
        assert_eq!(numbers("postgres (PostgreSQL) 18beta1").first(), Some(&18));
        assert!(numbers("17.6.0") < numbers("17.10.0"));
        assert!(numbers("9.6") < numbers("15"));
    }
}
