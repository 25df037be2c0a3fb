//! A running private server.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    LocalError, OnProgress, Progress, Settings, cluster, guard, guard::Order, keeper::Keeper,
    place::Place,
};

const DATABASE: &str = "handoff";
/// A healthy start takes well under a second.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// Replaying the log after a crash may take this long, as long as the server says that it does.
const RECOVERY_DEADLINE: Duration = Duration::from_mins(10);
const POLL: Duration = Duration::from_millis(20);
/// How much of the log an error repeats.
const COMPLAINT_LINES: usize = 8;

/// PostgreSQL's code for "the database does not exist".
const NO_SUCH_DATABASE: &str = "3D000";
/// PostgreSQL's code for "starting up, shutting down or recovering".
const CANNOT_CONNECT_NOW: &str = "57P03";

/// A private server that runs until this is dropped, or this program ends.
#[derive(Debug)]
pub struct LocalServer {
    // Before the lock: fields are dropped in this order, and the lock must outlive the server.
    keeper: Keeper,
    place: Place,
    _cluster_lock: File,
}

impl LocalServer {
    /// Starts the server of a data directory that this program has locked.
    pub async fn start(
        data: &Path,
        settings: &Settings,
        progress: OnProgress<'_>,
    ) -> Result<Self, LocalError> {
        let place = Place::prepare(data, &settings.roots)?;
        let lock = lock_cluster(&place.lock)?;
        let binaries =
            cluster::readable_binaries(&settings.binaries, &place, &settings.roots, progress)?;
        cluster::prepare(&binaries, &place, progress)?;
        place.remember()?;
        progress(Progress::Starting);
        let mut required = cluster::required_settings(&place);
        required.splice(0..0, settings.overrides.iter().cloned());
        let order = Order {
            program: binaries.program("postgres"),
            cluster: place.cluster.clone(),
            start_log: place.cluster.join("start.log"),
            settings: required,
            account: place.account,
        };
        // Before anybody looks whether the server answers: a left-behind one would.
        let left_behind = place.cluster.clone();
        let ending = tokio::task::spawn_blocking(move || guard::end_orphan(&left_behind)).await;
        if let Err(error) = ending {
            tracing::error!(%error, "ending a PostgreSQL that was left behind failed");
        }
        let keeper = Keeper::start(&settings.guard, order)
            .map_err(LocalError::file("start the guard of", &place.cluster))?;
        let server = Self { keeper, place, _cluster_lock: lock };
        server.wait_until_ready(progress).await?;
        progress(Progress::Ready);
        Ok(server)
    }

    /// The superuser's connection to the product's database, for migrations and role switches.
    pub fn connect_options(&self) -> PgConnectOptions {
        connect_options(&self.place.socket)
    }

    /// The folder of the socket.
    pub fn socket_dir(&self) -> &Path {
        &self.place.socket
    }

    /// The folder of the database's files.
    pub fn cluster(&self) -> &Path {
        &self.place.cluster
    }

    /// The server's process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        let pid = guard::running_server(&self.place.cluster)?;
        u32::try_from(pid.as_raw_nonzero().get()).ok()
    }

    /// Ends the server and waits until it ended.
    pub async fn stop(mut self) {
        let stopped = tokio::task::spawn_blocking(move || self.keeper.stop()).await;
        if let Err(error) = stopped {
            tracing::error!(%error, "stopping the private PostgreSQL failed");
        }
    }

    async fn wait_until_ready(&self, progress: OnProgress<'_>) -> Result<(), LocalError> {
        let started = Instant::now();
        let mut recovering = false;
        let mut last: Option<sqlx::Error>;
        loop {
            match self.connect_options().connect().await {
                Ok(connection) => return Ok(connection.close().await?),
                Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
                    self.create_database().await?;
                    continue;
                }
                Err(error) => {
                    if has_code(&error, CANNOT_CONNECT_NOW)
                        && !recovering
                        && POLL * 50 < started.elapsed()
                    {
                        recovering = true;
                        progress(Progress::Recovering);
                    }
                    last = Some(error);
                }
            }
            let deadline = if recovering { RECOVERY_DEADLINE } else { START_DEADLINE };
            if deadline <= started.elapsed() {
                let complaint = self.complaint(last.as_ref());
                return Err(LocalError::NotReady { seconds: deadline.as_secs(), complaint });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn create_database(&self) -> Result<(), LocalError> {
        let mut connection = self.connect_options().database("postgres").connect().await?;
        sqlx::query("create database handoff").execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// The last lines that the server wrote, for whoever must repair it.
    fn complaint(&self, error: Option<&sqlx::Error>) -> String {
        let newest = newest_log(&self.place.cluster.join("log"));
        let files = newest.into_iter().chain([self.place.cluster.join("start.log")]);
        let mut lines: Vec<String> = error.map(ToString::to_string).into_iter().collect();
        for path in files {
            let text = std::fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let all: Vec<&str> = text.lines().collect();
            let tail = all.len().saturating_sub(COMPLAINT_LINES);
            lines.extend(all.iter().skip(tail).map(|line| (*line).to_owned()));
        }
        lines.join("\n  ")
    }
}

/// How a private server's database is reached.
pub fn connect_options(socket_dir: &Path) -> PgConnectOptions {
    // Each field that the environment (`PGHOST`, …) could have set is set again.
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(5432)
        .username(cluster::SUPERUSER)
        .database(DATABASE)
        .ssl_mode(PgSslMode::Disable)
        .application_name("handoff")
}

fn lock_cluster(path: &Path) -> Result<File, LocalError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(LocalError::file("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LocalError::ClusterInUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(LocalError::file("lock", path)(error)),
    }
}

fn newest_log(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries
        .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
        .map(|entry| entry.path())
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(code)
}
