//! A throw-away PostgreSQL cluster that ends with the command that started it.

use std::{
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use super::{Programs, account::Account, wire::Connection};
use crate::workspace;

const START_DEADLINE: Duration = Duration::from_secs(30);
const STOP_DEADLINE: Duration = Duration::from_secs(10);
const SUPERUSER: &str = "handoff";
const POLL: Duration = Duration::from_millis(50);

/// Runs the server until our end of the pipe closes, which even `kill -9` on us does.
const GUARD: &str = r#""$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server"#;

/// What nobody needs of a database that lives for minutes.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=50",
    "timezone=UTC",
];

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    guard: Child,
    /// Remove the data as well at the end.
    temporary: bool,
}

impl Cluster {
    /// A fresh cluster in a folder of its own, removed at the end.
    pub fn temporary(programs: Programs) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("handoff-xtask-{}", std::process::id()));
        Self::start(programs, folder, true)
    }

    /// The cluster at this place, which keeps its data.
    pub fn lasting(programs: Programs, folder: PathBuf) -> anyhow::Result<Self> {
        Self::start(programs, folder, false)
    }

    fn start(programs: Programs, folder: PathBuf, temporary: bool) -> anyhow::Result<Self> {
        let account = Account::to_run_as()?;
        make_private(&folder, account)?;
        let data = folder.join("data");
        if !data.join("PG_VERSION").exists() {
            initialise(&programs, &data, account)?;
        }
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).arg(programs.path("postgres")).arg("-D").arg(&data);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        let log = std::fs::File::create(folder.join("log")).context("cannot write the log")?;
        // Its own process group: Ctrl-C reaches us, and the closing pipe then stops the server.
        command.process_group(0).stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        command.current_dir("/");
        if let Some(account) = account {
            account.apply(&mut command);
        }
        let guard = command.spawn().context("cannot start `sh`")?;
        let mut cluster = Self { folder, guard, temporary };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            // The postmaster writes the state when it accepts connections; the socket is there earlier.
            let state = std::fs::read_to_string(self.folder.join("data/postmaster.pid"));
            let ready = state.is_ok_and(|text| text.lines().nth(7).map(str::trim) == Some("ready"));
            if ready && self.connect("postgres").is_ok() {
                return Ok(());
            }
            if self.guard.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(POLL);
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{}", log.trim())
    }

    /// The database's address, as sqlx reads it.
    pub fn url(&self) -> String {
        format!("postgres://{SUPERUSER}@localhost/handoff?host={}", self.folder.display())
    }

    /// A connection as the superuser.
    pub fn connect(&self, database: &str) -> anyhow::Result<Connection> {
        Connection::open(&self.folder, SUPERUSER, database)
    }

    /// Waits until the server ends by itself.
    pub fn wait(&mut self) -> anyhow::Result<()> {
        while self.guard.try_wait()?.is_none() {
            let server = self.folder.join("data/postmaster.pid");
            if !server.exists() {
                break;
            }
            std::thread::sleep(POLL * 10);
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let deadline = Instant::now() + STOP_DEADLINE;
        while Instant::now() < deadline && matches!(self.guard.try_wait(), Ok(None)) {
            std::thread::sleep(POLL);
        }
        if self.temporary
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            eprintln!("cannot remove {}: {error}", self.folder.display());
        }
    }
}

fn make_private(folder: &Path, account: Option<Account>) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    account.map_or(Ok(()), |account| account.own(folder))
}

fn initialise(programs: &Programs, data: &Path, account: Option<Account>) -> anyhow::Result<()> {
    let mut command = Command::new(programs.path("initdb"));
    command
        .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg(format!("--username={SUPERUSER}"))
        .arg(format!("--pgdata={}", data.display()))
        .current_dir("/");
    if let Some(account) = account {
        account.apply(&mut command);
    }
    workspace::output(&mut command).map(drop)
}
