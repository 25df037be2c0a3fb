//! The private PostgreSQL server of a data directory, for whoever has no database of their own.
//!
//! Reached through a Unix socket in a folder that only its owner can enter. It ends with the program
//! that started it, however that ends, and comes back by itself when it is killed alone. Started by
//! root, whom PostgreSQL refuses to serve, it runs as an unprivileged user in system folders.
//!
//! Invariant: whoever holds the data directory's lock is the only one who starts or stops its server.

mod account;
mod binaries;
mod cluster;
mod guard;
mod keeper;
mod lock;
mod place;
mod server;

#[cfg(test)]
pub(crate) mod tests;

use std::{io, path::PathBuf};

pub use binaries::{Binaries, Missing, Search};
pub use guard::guard_main;
pub use keeper::Guard;
pub use lock::{DataLock, Opened, ServerInfo, open};
pub use place::Roots;
pub use server::{LocalServer, connect_options};

/// How to run the private server.
#[derive(Debug, Clone)]
pub struct Settings {
    pub binaries: Binaries,
    pub guard: Guard,
    /// Where things go when root starts the server.
    pub roots: Roots,
    /// Settings that override everything else, such as `("fsync", "off")` in tests.
    pub overrides: Vec<(String, String)>,
}

impl Settings {
    pub fn new(binaries: Binaries, guard: Guard) -> Self {
        Self { binaries, guard, roots: Roots::default(), overrides: Vec::new() }
    }
}

/// What takes long enough to tell the person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    CopyingBinaries,
    Initialising,
    Starting,
    Recovering,
    Ready,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CopyingBinaries => "copying PostgreSQL to where its user can read it",
            Self::Initialising => "creating the database's files",
            Self::Starting => "starting PostgreSQL",
            Self::Recovering => "PostgreSQL is recovering from an unclean end",
            Self::Ready => "PostgreSQL is ready",
        })
    }
}

/// Told of each [`Progress`] as it happens.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Why the private server is not there.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("cannot {what} {}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "there is no unprivileged user to run PostgreSQL as; create one with `useradd --system handoff`, or start this program as an ordinary user"
    )]
    NoAccount,
    #[error("no folder is short enough for PostgreSQL's socket; choose a data directory with a shorter path than {}", .0.display())]
    PathTooLong(PathBuf),
    #[error("{} leads to {}, which is gone; restore it from a backup, or remove the link to start with an empty database", link.display(), target.display())]
    Lost { link: PathBuf, target: PathBuf },
    #[error("{} belongs to another user; remove it, or start this program as its owner", .0.display())]
    Foreign(PathBuf),
    #[error("the database in {} was created by PostgreSQL {found}, and PostgreSQL {offered} cannot read it; set the folder of PostgreSQL {found}'s programs", cluster.display())]
    OtherMajor { cluster: PathBuf, found: String, offered: u32 },
    #[error("another program uses the database in {}; stop it, or use a copy with a data directory of its own", .0.display())]
    ClusterInUse(PathBuf),
    #[error("another program is starting or stopping on {}; try again in a moment", .0.display())]
    Busy(PathBuf),
    #[error("`{program}` failed: {complaint}")]
    Program { program: &'static str, complaint: String },
    #[error("PostgreSQL did not become ready within {seconds} s: {complaint}")]
    NotReady { seconds: u64, complaint: String },
    #[error("the private database refused")]
    Database(#[from] sqlx::Error),
}

impl LocalError {
    /// Says what was being done with which file.
    fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
