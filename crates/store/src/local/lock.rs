//! One program at a time runs a data directory; the others learn where it is.

use std::{
    fs::{File, TryLockError},
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kernel::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;

use super::{LocalError, LocalServer, OnProgress, Settings, server};

/// How long a second program waits for the first to say where it is.
const ANNOUNCEMENT_DEADLINE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// Held by the program that runs a data directory; the system lets go of it however that ends.
#[derive(Debug)]
pub struct DataLock {
    data: PathBuf,
    _file: File,
}

/// Where the program that runs a data directory is: `server.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    pub pid: u32,
    /// The address of its HTTP interface, once it serves one.
    pub address: Option<String>,
    pub socket_dir: PathBuf,
    /// Hosts that it may call although they are private, so that commands judge as it does.
    #[serde(default)]
    pub allowed_private_hosts: Vec<String>,
    pub started_at: Timestamp,
}

impl ServerInfo {
    /// How the running server's database is reached.
    pub fn connect_options(&self) -> PgConnectOptions {
        server::connect_options(&self.socket_dir)
    }
}

/// A data directory, opened.
#[derive(Debug)]
pub enum Opened {
    /// This program runs it now.
    Owner(LocalServer, DataLock),
    /// Another program runs it.
    Attached(ServerInfo),
}

/// Runs the private server of a data directory, or finds the program that does.
pub async fn open(
    data: &Path,
    settings: &Settings,
    clock: &dyn Clock,
    progress: OnProgress<'_>,
) -> Result<Opened, LocalError> {
    let started = Instant::now();
    loop {
        if let Some(lock) = DataLock::acquire(data)? {
            let server = LocalServer::start(data, settings, progress).await?;
            lock.announce(&ServerInfo {
                pid: std::process::id(),
                address: None,
                socket_dir: server.socket_dir().to_owned(),
                allowed_private_hosts: Vec::new(),
                started_at: clock.now(),
            })?;
            return Ok(Opened::Owner(server, lock));
        }
        if let Some(info) = announced(data)
            && info.connect_options().connect_once().await
        {
            return Ok(Opened::Attached(info));
        }
        if ANNOUNCEMENT_DEADLINE <= started.elapsed() {
            return Err(LocalError::Busy(data.to_owned()));
        }
        tokio::time::sleep(POLL).await;
    }
}

impl DataLock {
    /// Takes the lock, or says that another program has it. Creates the data directory.
    pub fn acquire(data: &Path) -> Result<Option<Self>, LocalError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data)
            .map_err(LocalError::file("create", data))?;
        let path = data.join("handoff.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(LocalError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(LocalError::file("lock", path)(error)),
        }
        let lock = Self { data: data.to_owned(), _file: file };
        // Whoever wrote it is gone.
        lock.retract()?;
        Ok(Some(lock))
    }

    /// Tells other programs where this one is. Call it again when the HTTP address is known.
    pub fn announce(&self, info: &ServerInfo) -> Result<(), LocalError> {
        let path = self.announcement();
        let incomplete = path.with_extension("incomplete");
        let text = serde_json::to_vec_pretty(info)
            .map_err(|error| LocalError::file("write", &path)(error.into()))?;
        File::create(&incomplete)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| std::fs::rename(&incomplete, &path))
            .map_err(LocalError::file("write", &path))
    }

    fn retract(&self) -> Result<(), LocalError> {
        match std::fs::remove_file(self.announcement()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(LocalError::file("remove", self.announcement())(error))
            }
            _ => Ok(()),
        }
    }

    fn announcement(&self) -> PathBuf {
        self.data.join("server.json")
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        if let Err(error) = self.retract() {
            tracing::warn!(%error, "an outdated server.json stays behind");
        }
    }
}

/// What the program that holds the lock has said of itself.
fn announced(data: &Path) -> Option<ServerInfo> {
    let text = std::fs::read(data.join("server.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

trait ConnectOnce {
    /// Whether the database answers.
    async fn connect_once(&self) -> bool;
}

impl ConnectOnce for PgConnectOptions {
    async fn connect_once(&self) -> bool {
        use sqlx::{ConnectOptions as _, Connection as _};
        match self.connect().await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        }
    }
}
