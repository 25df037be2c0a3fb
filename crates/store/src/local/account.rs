//! Whom PostgreSQL runs as when root starts it.

use std::{
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::Path,
    process::Command,
};

use serde::{Deserialize, Serialize};

use super::LocalError;

/// Users that may be there already, the most private first.
const CANDIDATES: [&str; 2] = ["handoff", "postgres"];
/// Shared by other programs, so only where no user can be created.
const LAST_RESORT: &str = "nobody";

/// An unprivileged user of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) uid: u32,
    gid: u32,
}

impl Account {
    /// The owner of files that are there already: a later `useradd` must not lock them out.
    pub(super) fn owner_of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        (metadata.uid() != 0).then(|| Self { uid: metadata.uid(), gid: metadata.gid() })
    }

    /// A user for a new cluster: one that exists, else a new one.
    pub(super) fn choose() -> Result<Self, LocalError> {
        let found = |names: &[&str]| {
            let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
            names.iter().find_map(|name| Self::parse(&users, name))
        };
        if let Some(account) = found(&CANDIDATES) {
            return Ok(account);
        }
        let created = Command::new("useradd")
            .args(["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "handoff"])
            .output();
        if let Err(error) = &created {
            tracing::debug!(%error, "cannot run useradd");
        }
        found(&CANDIDATES).or_else(|| found(&[LAST_RESORT])).ok_or(LocalError::NoAccount)
    }

    fn parse(users: &str, name: &str) -> Option<Self> {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let account = Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? };
        (account.uid != 0).then_some(account)
    }

    pub(super) fn own(self, path: &Path) -> Result<(), LocalError> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(LocalError::file("give away", path))
    }
}

/// A program of PostgreSQL's, run as this user (or as ourselves), that inherits no secrets of ours.
pub(super) fn command(program: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    // Our environment holds keys and tokens, and a process's environment can be read by its user.
    command.env_clear().current_dir("/");
    for name in ["PATH", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::Account;

    const USERS: &str =
        "root:x:0:0::/:/bin/sh\npostgres2:x:9:9::/:/bin/sh\npostgres:x:101:104::/:/bin/sh";

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        assert_eq!(Account::parse(USERS, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::parse(USERS, "post"), None);
    }

    #[test]
    fn a_user_with_roots_number_is_never_chosen() {
        assert_eq!(Account::parse(USERS, "root"), None);
    }
}
