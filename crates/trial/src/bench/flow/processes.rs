//! The processor time of this process and of the database's processes, from Linux's `/proc`.

use std::{fs, time::Duration};

use anyhow::Context as _;
use sqlx::PgConnection;

/// Linux counts in hundredths of a second.
const TICKS_PER_SECOND: u64 = 100;

#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuTime {
    own: Duration,
    database: Duration,
}

impl CpuTime {
    /// Of this process, and of the server whose first process is `postmaster`.
    pub(crate) fn now(postmaster: &str) -> anyhow::Result<Self> {
        let own = time_of("self")?.spent;
        let mut database = Duration::ZERO;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            // A process may end while it is looked at.
            let Ok(process) = time_of(&name) else { continue };
            if name == postmaster {
                database += process.spent + process.of_ended_children;
            } else if process.parent == postmaster {
                database += process.spent;
            }
        }
        Ok(Self { own, database })
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            own: self.own.saturating_sub(earlier.own),
            database: self.database.saturating_sub(earlier.database),
        }
    }

    pub(crate) fn total(self) -> Duration {
        self.own + self.database
    }

    pub(crate) fn share_of_database(self) -> f64 {
        self.database.as_secs_f64() / self.total().as_secs_f64().max(f64::EPSILON)
    }
}

/// The number of the first process of the server: the parent of those that serve connections.
pub(crate) async fn postmaster(conn: &mut PgConnection) -> anyhow::Result<String> {
    let serving: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(conn).await?;
    Ok(time_of(&serving.to_string())?.parent)
}

struct Process {
    parent: String,
    spent: Duration,
    of_ended_children: Duration,
}

fn time_of(process: &str) -> anyhow::Result<Process> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in parentheses and may hold anything.
    let (_, rest) = text.rsplit_once(')').context("an unknown form of /proc/…/stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |place: usize| -> anyhow::Result<u64> {
        Ok(fields.get(place).context("a short /proc/…/stat")?.parse()?)
    };
    let time = |ticks: u64| Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND);
    Ok(Process {
        parent: (*fields.get(1).context("a short /proc/…/stat")?).to_owned(),
        spent: time(ticks(11)? + ticks(12)?),
        of_ended_children: time(ticks(13)? + ticks(14)?),
    })
}
