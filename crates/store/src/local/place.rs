//! Where a data directory's cluster and socket live.

use std::{
    ffi::OsStr,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{LocalError, account::Account};

/// What an address of a Unix socket can hold, without the closing zero byte.
const SOCKET_PATH_MAX: usize = 107;
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// How much of a path's hash tells two data directories apart.
const HASH_LENGTH: usize = 12;
/// Beside a cluster of root's: the path of the data directory that leads to it.
const BACK: &str = "data-directory";
const PRIVATE: u32 = 0o700;
/// Entered by the unprivileged user, listed by nobody.
const PASSAGE: u32 = 0o711;

/// The system's folders, where things go when root starts the server.
#[derive(Debug, Clone)]
pub struct Roots {
    pub state: PathBuf,
    pub run: PathBuf,
    pub temporary: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            state: PathBuf::from("/var/lib/handoff"),
            run: PathBuf::from("/run/handoff"),
            temporary: PathBuf::from("/tmp"),
        }
    }
}

/// The folders of one data directory, which exist and are private.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) cluster: PathBuf,
    /// Held by whoever runs the cluster, also when two data directories lead to it.
    pub(super) lock: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) account: Option<Account>,
    /// Root's data directory leads to the cluster by a link, so it can be moved without losing it.
    link: Option<PathBuf>,
}

impl Place {
    pub(super) fn prepare(data: &Path, roots: &Roots) -> Result<Self, LocalError> {
        let data = data.canonicalize().map_err(LocalError::file("find", data))?;
        if rustix::process::geteuid().is_root() {
            Self::of_root(&data, roots)
        } else {
            Self::of_user(&data, roots)
        }
    }

    fn of_user(data: &Path, roots: &Roots) -> Result<Self, LocalError> {
        let uid = rustix::process::geteuid().as_raw();
        let short = roots.temporary.join(format!("handoff-{}", hash(data, uid)));
        let socket = shortest_fit(data, &[data.join("socket"), short])?;
        make_private(&socket, uid, PRIVATE)?;
        let lock = data.join("cluster.lock");
        Ok(Self { cluster: data.join("postgres"), lock, socket, account: None, link: None })
    }

    fn of_root(data: &Path, roots: &Roots) -> Result<Self, LocalError> {
        let name = hash(data, 0);
        let link = data.join("postgres");
        let cluster = match std::fs::read_link(&link) {
            // Never start empty where there was something.
            Ok(target) if !target.exists() => return Err(LocalError::Lost { link, target }),
            Ok(target) => target,
            Err(_) => unused(&roots.state, &name).join("postgres"),
        };
        let home = cluster.parent().unwrap_or(&roots.state).to_owned();
        let account = match Account::owner_of(&cluster) {
            Some(account) => account,
            None => Account::choose()?,
        };
        make_private(&roots.state, 0, PASSAGE)?;
        if home != roots.state {
            make_private(&home, account.uid, PRIVATE)?;
            account.own(&home)?;
        }
        let candidates = [roots.run.join(&name), roots.temporary.join(format!("handoff-{name}"))];
        let socket = shortest_fit(data, &candidates)?;
        if socket.starts_with(&roots.run) {
            make_private(&roots.run, 0, PASSAGE)?;
        }
        make_private(&socket, account.uid, PRIVATE)?;
        account.own(&socket)?;
        let lock = home.join("cluster.lock");
        Ok(Self { cluster, lock, socket, account: Some(account), link: Some(link) })
    }

    /// Remembers in the data directory where its cluster is, now that there is one, and beside the
    /// cluster which data directory leads to it, so that a person finds those that none leads to.
    pub(super) fn remember(&self) -> Result<(), LocalError> {
        let Some(link) = &self.link else { return Ok(()) };
        if !link.is_symlink() {
            std::os::unix::fs::symlink(&self.cluster, link)
                .map_err(LocalError::file("create the link", link))?;
        }
        let (Some(home), Some(data)) = (self.cluster.parent(), link.parent()) else {
            return Ok(());
        };
        let back = home.join(BACK);
        std::fs::write(&back, format!("{}\n", data.display()))
            .map_err(LocalError::file("write", back))
    }
}

/// How many removed data directories of one name are told apart.
const NUMBERED_MAX: u32 = 1_000;

/// A folder of this name that nothing was ever kept in. A data directory that was removed and made anew
/// must not find the database of the old one, whose keys are gone.
fn unused(state: &Path, name: &str) -> PathBuf {
    let first = state.join(name);
    if !first.exists() {
        return first;
    }
    let numbered = |number: u32| state.join(format!("{name}-{number}"));
    (2..=NUMBERED_MAX).map(numbered).find(|folder| !folder.exists()).unwrap_or(first)
}

/// A name for a data directory that is the same at each start.
fn hash(data: &Path, uid: u32) -> String {
    let mut digest = Sha256::new();
    digest.update(uid.to_be_bytes());
    digest.update(data.as_os_str().as_bytes());
    let mut text = hex::encode(digest.finalize());
    text.truncate(HASH_LENGTH);
    text
}

fn shortest_fit(data: &Path, candidates: &[PathBuf]) -> Result<PathBuf, LocalError> {
    candidates
        .iter()
        .find(|folder| folder.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_MAX)
        .cloned()
        .ok_or_else(|| LocalError::PathTooLong(data.to_owned()))
}

/// Creates a folder, or takes one that is ours: in a shared folder someone else may have made it.
fn make_private(folder: &Path, owner: u32, mode: u32) -> Result<(), LocalError> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent).map_err(LocalError::file("create", parent))?;
    }
    match std::fs::DirBuilder::new().mode(mode).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found =
                std::fs::symlink_metadata(folder).map_err(LocalError::file("read", folder))?;
            let me = rustix::process::geteuid().as_raw();
            if !found.is_dir() || (found.uid() != owner && found.uid() != me) {
                return Err(LocalError::Foreign(folder.to_owned()));
            }
        }
        Err(error) => return Err(LocalError::file("create", folder)(error)),
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))
        .map_err(LocalError::file("protect", folder))
}

/// Whether a folder's name makes it part of PostgreSQL's installation.
pub(super) fn is_installation_part(name: &OsStr) -> bool {
    ["bin", "lib", "share"].iter().any(|part| name == *part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tests::Scratch;

    #[test]
    fn a_path_too_long_for_a_socket_gets_a_short_folder() {
        let scratch = Scratch::new();
        let data = scratch.path().join("a".repeat(120));
        std::fs::create_dir(&data).unwrap();
        let roots = scratch.roots();
        let place = Place::of_user(&data, &roots).unwrap();
        assert!(place.socket.starts_with(&roots.temporary), "{}", place.socket.display());
        assert!(place.socket.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_MAX);
        assert_eq!(std::fs::metadata(&place.socket).unwrap().mode() & 0o777, PRIVATE);
        assert_eq!(Place::of_user(&data, &roots).unwrap().socket, place.socket);
    }

    #[test]
    fn an_ordinary_users_cluster_lives_in_the_data_directory() {
        let scratch = Scratch::new();
        let place = Place::of_user(scratch.path(), &scratch.roots()).unwrap();
        assert_eq!(place.cluster, scratch.path().join("postgres"));
        assert_eq!(place.socket, scratch.path().join("socket"));
        assert_eq!(place.account, None);
    }

    #[test]
    fn a_link_in_a_shared_folder_is_not_followed() {
        let scratch = Scratch::new();
        let target = scratch.path().join("elsewhere");
        std::fs::create_dir(&target).unwrap();
        let planted = scratch.path().join("handoff-planted");
        std::os::unix::fs::symlink(&target, &planted).unwrap();
        assert!(matches!(make_private(&planted, 0, PRIVATE), Err(LocalError::Foreign(_))));
    }

    #[test]
    fn no_folder_short_enough_is_said() {
        let data = Path::new("/data");
        let long = PathBuf::from("/").join("a".repeat(95));
        assert!(matches!(shortest_fit(data, &[long]), Err(LocalError::PathTooLong(_))));
    }
}
