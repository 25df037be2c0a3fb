//! Looks for PostgreSQL's programs.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest release that has what row security relies on.
const OLDEST_MAJOR: u32 = 15;

/// `initdb` and `postgres`, new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

/// Where to look, in this order.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The folder that a person named; when it is wrong, nothing else is tried.
    pub explicit: Option<PathBuf>,
    /// The search path of commands.
    pub path: Option<OsString>,
    /// Folders of `<version>/bin`, such as Debian's `/usr/lib/postgresql`; the newest wins.
    pub versioned: Vec<PathBuf>,
}

/// There is no usable PostgreSQL here.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    #[error(
        "there is no PostgreSQL {OLDEST_MAJOR} or later on this machine; install it (`apt-get install postgresql`, or \
         `cargo xtask postgres` in a checkout), name the folder of its programs in HANDOFF_POSTGRES_BIN, or use a \
         server of your own with --database-url"
    )]
    Nowhere,
    #[error(
        "{} holds no PostgreSQL {OLDEST_MAJOR} or later; name the folder that holds `initdb` and `postgres`, or name none",
        .0.display()
    )]
    NotThere(PathBuf),
}

impl Search {
    /// The usual places of this machine and this user.
    pub fn usual(explicit: Option<PathBuf>) -> Self {
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
        let system = ["/usr/lib/postgresql", "/var/cache/handoff/postgresql"];
        let mut versioned: Vec<PathBuf> = system.iter().map(PathBuf::from).collect();
        versioned.extend(cache.map(|cache| cache.join("handoff/postgresql")));
        Self { explicit, path: std::env::var_os("PATH"), versioned }
    }
}

impl Binaries {
    /// The first usable folder.
    pub fn find(search: &Search) -> Result<Self, Missing> {
        if let Some(folder) = &search.explicit {
            return Self::examine(folder).ok_or_else(|| Missing::NotThere(folder.clone()));
        }
        let path = search.path.iter().flat_map(std::env::split_paths);
        let versioned = search.versioned.iter().flat_map(|folder| newest_first(folder));
        path.chain(versioned).find_map(|folder| Self::examine(&folder)).ok_or(Missing::Nowhere)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The release's first number, such as 17.
    pub fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn examine(folder: &Path) -> Option<Self> {
        // Follow links: what is in the search path is often a link into the real folder.
        let program = folder.join("postgres").canonicalize().ok()?;
        let folder = program.parent().filter(|folder| folder.join("initdb").exists())?;
        let output = Command::new(&program).arg("--version").output().ok()?;
        let major = *numbers(&String::from_utf8_lossy(&output.stdout)).first()?;
        (OLDEST_MAJOR <= major).then(|| Self { folder: folder.to_owned(), major })
    }
}

fn newest_first(folder: &Path) -> Vec<PathBuf> {
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

/// The numbers in a text such as `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
fn numbers(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::local::tests::Scratch;

    /// A folder with an `initdb` and a `postgres` that says it is of this version.
    fn install(folder: &Path, version: &str) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("initdb"), "").unwrap();
        let program = folder.join("postgres");
        let script = format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn the_newest_release_that_is_new_enough_wins() {
        let scratch = Scratch::new();
        for version in ["9.6", "14.2", "16.10", "16.9"] {
            install(&scratch.path().join(version).join("bin"), version);
        }
        let search = Search { versioned: vec![scratch.path().to_owned()], ..Search::default() };
        let found = Binaries::find(&search).unwrap();
        assert_eq!(found.folder(), scratch.path().canonicalize().unwrap().join("16.10/bin"));
        assert_eq!(found.major(), 16);
    }

    #[test]
    fn an_old_release_is_passed_over_and_the_error_says_what_to_do() {
        let scratch = Scratch::new();
        install(&scratch.path().join("14/bin"), "14.2");
        let path = Some(scratch.path().join("14/bin").into_os_string());
        let error = Binaries::find(&Search { path, ..Search::default() }).unwrap_err().to_string();
        assert!(error.contains("apt-get install postgresql"), "{error}");
    }

    #[test]
    fn a_wrong_explicit_folder_is_an_error_even_when_the_path_has_one() {
        let scratch = Scratch::new();
        install(&scratch.path().join("bin"), "17.1");
        let path = Some(scratch.path().join("bin").into_os_string());
        let explicit = Some(scratch.path().to_owned());
        let search = Search { explicit, path, ..Search::default() };
        assert!(matches!(Binaries::find(&search), Err(Missing::NotThere(_))));
    }

    #[test]
    fn a_link_in_the_search_path_leads_to_the_real_folder() {
        let scratch = Scratch::new();
        install(&scratch.path().join("real"), "15.3");
        std::fs::create_dir(scratch.path().join("links")).unwrap();
        let link = scratch.path().join("links/postgres");
        std::os::unix::fs::symlink(scratch.path().join("real/postgres"), link).unwrap();
        let path = Some(scratch.path().join("links").into_os_string());
        let found = Binaries::find(&Search { path, ..Search::default() }).unwrap();
        assert_eq!(found.folder(), scratch.path().canonicalize().unwrap().join("real"));
    }
}
