//! What the program does in a second, as ratios to what the same server and the same number of clients
//! do with bare inserts of the same bytes.

pub(crate) mod flow;
pub(crate) mod intake;

use std::{path::Path, process::Command, time::Duration};

use anyhow::Context as _;
use sqlx::{ConnectOptions as _, Executor as _};
use store::local::ServerInfo;

use crate::stage::Stage;

/// How many clients insert at the same time.
pub(crate) const CLIENTS: usize = 16;

/// Rate and latency of one measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
}

impl Measured {
    pub(crate) fn of(mut latencies: Vec<Duration>, took: Duration) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "an index into a list"
            )]
            let index = (latencies.len() as f64 * share) as usize;
            latencies.get(index.min(latencies.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
        let per_second = latencies.len() as f64 / took.as_secs_f64();
        Self {
            per_second,
            p50_ms: at(0.5).as_secs_f64() * 1_000.0,
            p95_ms: at(0.95).as_secs_f64() * 1_000.0,
            p99_ms: at(0.99).as_secs_f64() * 1_000.0,
        }
    }
}

pub(crate) fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Bare single-row inserts of `body` by [`CLIENTS`] clients, on the same server.
pub(crate) async fn pgbench(
    stage: &Stage,
    postgres: &Path,
    seconds: u64,
    body: &[u8],
) -> anyhow::Result<Measured> {
    let mut conn = stage.database()?.connect().await?;
    conn.execute("create table if not exists public.bench (id bigserial primary key, body bytea)")
        .await?;
    let text = std::fs::read(stage.data().join("server.json"))?;
    let info: ServerInfo = serde_json::from_slice(&text)?;
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    let script = stage.folder.join("insert.sql");
    std::fs::write(
        &script,
        format!("insert into public.bench (body) values ('\\x{hex}'::bytea);\n"),
    )?;
    let output = Command::new(postgres.join("pgbench"))
        .current_dir(&stage.folder)
        .args(["-n", "-c", &CLIENTS.to_string(), "-j", "2", "-T", &seconds.to_string(), "-l", "-h"])
        .arg(&info.socket_dir)
        .args(["-U", "handoff", "-M", "prepared", "-f"])
        .arg(&script)
        .arg("handoff")
        .output()
        .context(
            "pgbench cannot be run; name the folder of PostgreSQL's programs with --postgres",
        )?;
    anyhow::ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut latencies = Vec::new();
    for entry in std::fs::read_dir(&stage.folder)? {
        let path = entry?.path();
        let is_log =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgbench_log."));
        if is_log {
            let text = std::fs::read_to_string(&path)?;
            let third = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
            latencies.extend(third.map(Duration::from_micros));
            std::fs::remove_file(path)?;
        }
    }
    Ok(Measured::of(latencies, Duration::from_secs(seconds)))
}
