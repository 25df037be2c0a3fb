//! What can happen to the private database while the program lives on.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use store::local::ServerInfo;

use crate::stage::Stage;

/// How long a stopped server is left so: longer than a request waits for a connection.
const STOPPED: Duration = Duration::from_millis(1_500);

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// The postmaster dies; its children follow.
    PostmasterKilled,
    /// One backend dies; PostgreSQL ends all others and recovers.
    BackendKilled,
    /// Nobody answers for a while, and then everybody goes on.
    Stopped,
}

impl Outage {
    /// In turn.
    pub(crate) fn numbered(number: usize) -> Self {
        match number % 3 {
            1 => Self::PostmasterKilled,
            2 => Self::BackendKilled,
            _ => Self::Stopped,
        }
    }

    /// Makes it happen, and returns when it is over or no longer ours to end.
    pub(crate) async fn happen(self, stage: &Stage) -> anyhow::Result<()> {
        let postmaster = postmaster(stage)?;
        match self {
            Self::PostmasterKilled => kill_process(postmaster, Signal::KILL)?,
            Self::BackendKilled => {
                let backend = children(postmaster, "postgres: handoff")?;
                let backend = backend.first().context("no backend runs")?;
                kill_process(*backend, Signal::KILL)?;
            }
            Self::Stopped => {
                let mut all = children(postmaster, "postgres: ")?;
                all.push(postmaster);
                signal(&all, Signal::STOP)?;
                tokio::time::sleep(STOPPED).await;
                signal(&all, Signal::CONT)?;
            }
        }
        Ok(())
    }
}

fn signal(processes: &[Pid], signal: Signal) -> anyhow::Result<()> {
    for process in processes {
        match kill_process(*process, signal) {
            // It ended by itself in the meantime.
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The first line of the lock file beside the server's socket.
fn postmaster(stage: &Stage) -> anyhow::Result<Pid> {
    let text = std::fs::read(stage.data().join("server.json")).context("no server runs")?;
    let info: ServerInfo = serde_json::from_slice(&text)?;
    let lock = std::fs::read_dir(&info.socket_dir)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "lock"))
        .with_context(|| format!("{} holds no lock file", info.socket_dir.display()))?;
    let text = std::fs::read_to_string(lock)?;
    let number = text.lines().next().context("the lock file is empty")?.trim().parse()?;
    Pid::from_raw(number).context("the lock file names no process")
}

/// The children of a process whose title begins so.
fn children(parent: Pid, title: &str) -> anyhow::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let read = |name: &str| -> PathBuf { entry.path().join(name) };
        // A process that ended meanwhile is nobody's child.
        let (Ok(stat), Ok(line)) =
            (std::fs::read_to_string(read("stat")), std::fs::read_to_string(read("cmdline")))
        else {
            continue;
        };
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let of = after_name.split(' ').nth(1).and_then(|number| number.parse().ok());
        if of == Some(parent.as_raw_nonzero().get()) && line.starts_with(title) {
            found.extend(Pid::from_raw(pid));
        }
    }
    Ok(found)
}
