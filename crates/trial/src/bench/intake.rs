//! Webhooks that are acknowledged, and journeys of clients: the program from outside.

use std::{
    path::Path,
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

use super::{CLIENTS, Measured, pgbench, round};
use crate::{check, intake, stage::Stage, wire::Wire};

/// How many journeys are timed.
const JOURNEYS: usize = 300;

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
    let body = intake::sign("pgbench", 0).body;
    let inserts = pgbench(&stage, postgres, seconds, &body).await?;
    let acknowledged = acknowledge(&stage, "ack", span).await?;
    let inserts_after = pgbench(&stage, postgres, seconds, &body).await?;
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
