//! What the program does in a second, as ratios to what the same server and the same number of clients
//! do with bare inserts of the same bytes.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use connector_kit::http::plain_client;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Executor as _};
use store::local::ServerInfo;

use crate::{check, intake, stage::Stage, wire::Wire};

const CLIENTS: usize = 16;
/// How many journeys are timed.
const JOURNEYS: usize = 300;

/// Rate and latency of one measurement.
#[derive(Debug, Clone, Copy)]
struct Measured {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Measured {
    fn of(mut latencies: Vec<Duration>, took: Duration) -> Self {
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
            p99_ms: at(0.99).as_secs_f64() * 1_000.0,
        }
    }
}

pub(crate) async fn run(
    program: &Path,
    seconds: u64,
    postgres: &Path,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut stage = Stage::set(program, "bench").await?;
    let first_start = stage.start(&[("HANDOFF_ROLES", "api".to_owned())]).await?;
    let span = Duration::from_secs(seconds);
    // In turn, so that the machine's mood weighs on both alike.
    let warm_up = acknowledge(&stage, "warm", Duration::from_secs(2)).await?;
    let inserts = pgbench(&stage, postgres, seconds).await?;
    let acknowledged = acknowledge(&stage, "ack", span).await?;
    let inserts_after = pgbench(&stage, postgres, seconds).await?;
    stage.kill()?;
    clear(&mut stage).await?;
    let restart = stage.start(&[]).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle_kb = resident_kb(&stage)?;
    let journeys = journeys(&stage).await?;
    let ratio =
        acknowledged.per_second / f64::midpoint(inserts.per_second, inserts_after.per_second);
    let slower = acknowledged.p99_ms / f64::midpoint(inserts.p99_ms, inserts_after.p99_ms);
    let summary = json!({
        "inserts_per_second": [round(inserts.per_second), round(inserts_after.per_second)],
        "inserts_p50_ms": round(inserts.p50_ms), "inserts_p99_ms": round(inserts.p99_ms),
        "acknowledged_per_second": round(acknowledged.per_second),
        "acknowledged_while_cold_per_second": round(warm_up.per_second),
        "acknowledged_p50_ms": round(acknowledged.p50_ms), "acknowledged_p99_ms": round(acknowledged.p99_ms),
        "ratio_of_rates": round(ratio), "ratio_of_p99": round(slower),
        "journeys": journeys,
        "idle_resident_mb": idle_kb / 1024,
        "first_start_seconds": round(first_start.as_secs_f64()),
        "restart_seconds": round(restart.as_secs_f64()),
    });
    if as_json {
        println!("{summary:#}");
    } else if let Some(object) = summary.as_object() {
        for (name, value) in object {
            println!("{name:36} {value}");
        }
    }
    stage.strike()
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Signed intakes by keep-alive clients, each waiting for its acknowledgement.
async fn acknowledge(stage: &Stage, trial: &str, span: Duration) -> anyhow::Result<Measured> {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let (trial, next) = (trial.to_owned(), Arc::clone(&next));
        let mut wire = Wire::connect(stage.platform_port).await?;
        clients.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            while began.elapsed() < span {
                let signed = intake::sign(&trial, next.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let status = wire.send(&signed).await?;
                anyhow::ensure!(status == 200, "answered {status}");
                latencies.push(sent.elapsed());
            }
            Ok(latencies)
        }));
    }
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await??);
    }
    Ok(Measured::of(latencies, began.elapsed()))
}

/// Bare single-row inserts of an intake's bytes, by as many clients, on the same server.
async fn pgbench(stage: &Stage, postgres: &Path, seconds: u64) -> anyhow::Result<Measured> {
    let mut conn = stage.database()?.connect().await?;
    conn.execute("create table if not exists public.bench (id bigserial primary key, body bytea)")
        .await?;
    let text = std::fs::read(stage.data().join("server.json"))?;
    let info: ServerInfo = serde_json::from_slice(&text)?;
    let body = intake::sign("pgbench", 0).body;
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

/// Throws away what the first measurement left to do.
async fn clear(stage: &mut Stage) -> anyhow::Result<()> {
    stage.start(&[("HANDOFF_ROLES", "api".to_owned())]).await?;
    let mut conn = stage.database()?.connect().await?;
    conn.execute("truncate engine.task, webhook.received, platform.event, platform.event_pending, platform.event_position cascade; drop table public.bench").await?;
    stage.kill()
}

async fn journeys(stage: &Stage) -> anyhow::Result<Value> {
    let mut conn = stage.database()?.connect().await?;
    let commits = "select xact_commit from pg_stat_database where datname = 'handoff'";
    let before = check::number(&mut conn, commits).await?;
    let client = plain_client(Duration::from_secs(10))?;
    let began = Instant::now();
    for number in 0..JOURNEYS {
        let signed = intake::sign("journey", number);
        intake::send(&client, &stage.url(), &signed).await?;
    }
    check::settle(stage, i64::try_from(JOURNEYS)?).await?;
    let took = began.elapsed();
    // The statistics are reported with a delay of up to a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = check::number(&mut conn, commits).await?;
    let (p50, p99): (f64, f64) = sqlx::query_as(
        "select (percentile_cont(0.5) within group (order by d))::float8, (percentile_cont(0.99) within group (order by d))::float8
         from (select extract(epoch from min(c.started_at) - min(r.received_at)) * 1000 as d
               from engine.call c join engine.run u using (tenant_id, run_id)
               join webhook.received r on r.event_id = u.trigger_event_id
               where c.effect <> 'operation' group by u.run_id) first",
    )
    .fetch_one(&mut conn)
    .await?;
    let completed =
        check::number(&mut conn, "select count(*) from engine.run where status = 'completed'")
            .await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let (rate, commits) =
        (JOURNEYS as f64 / took.as_secs_f64(), (after - before) as f64 / JOURNEYS as f64);
    Ok(json!({
        "per_second": round(rate), "completed": completed, "commits_each": round(commits),
        "webhook_to_first_call_p50_ms": round(p50), "webhook_to_first_call_p99_ms": round(p99),
    }))
}

fn resident_kb(stage: &Stage) -> anyhow::Result<u64> {
    let pid = stage.platform_pid().context("no platform runs")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.context("the system does not tell the memory of a process")
}
