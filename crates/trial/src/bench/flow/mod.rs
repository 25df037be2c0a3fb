//! Runs of small flows whose calls answer at once: the engine in this process, on the program's own server.
//!
//! A client asks for a run, waits until the run's end is committed, and asks for the next. Requests that come
//! together share a commit, as received webhooks do. The first step counts when the engine makes the first call,
//! which is after its intent is committed.

mod load;
mod processes;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use connector_kit::http::plain_client;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Executor as _, PgConnection};

use self::{
    load::{Answers, Load},
    processes::CpuTime,
};
use super::{Measured, pgbench, round};
use crate::{check, intake, stage::Stage};

/// For how long nothing is asked for.
const IDLE: Duration = Duration::from_secs(5);
/// How many of the runs that wait are told their own event.
const ONE_BY_ONE: usize = 500;
/// How many calls may be asked for at the same time by all runs in flight.
const CALLS_MAX: usize = 4_000;
const THREE_STEPS: &str = "three-steps";
const WAITING: &str = "waiting";
/// Runs in flight: as other engines were measured, and more.
const IN_FLIGHT: [usize; 4] = [16, 64, 256, 512];

/// One flow to be measured.
struct Subject {
    name: &'static str,
    calls: usize,
    tasks: String,
}

fn subjects() -> Vec<Subject> {
    let steps = |count: usize| {
        let steps: Vec<String> = (1..=count)
            .map(|step| format!("{{step{step}: {{call: bench.answer, with: {{step: {step}}}}}}}"))
            .collect();
        steps.join(", ")
    };
    let branches = |count: usize| {
        let branches: Vec<String> = (1..=count)
            .map(|branch| {
                format!("{{branch{branch}: {{call: bench.answer, with: {{branch: {branch}}}}}}}")
            })
            .collect();
        format!("{{all: {{fork: {{branches: [{}]}}}}}}", branches.join(", "))
    };
    vec![
        Subject { name: THREE_STEPS, calls: 3, tasks: steps(3) },
        Subject { name: "ten-steps", calls: 10, tasks: steps(10) },
        Subject { name: "fan-out", calls: 50, tasks: branches(50) },
        Subject {
            name: WAITING,
            calls: 1,
            tasks: "{hear: {listen: {to: {any: [{with: {type: bench.all}}, {with: {type: bench.one}, correlate: {number: \
                    {from: .data.number, expect: '${ $workflow.input.number }'}}}]}}}}, {step: {call: bench.answer}}"
                .to_owned(),
        },
    ]
}

fn source(subject: &Subject) -> String {
    format!(
        "{{document: {{dsl: 1.0.3, namespace: bench, name: {}, version: 1.0.0}}, do: [{}]}}",
        subject.name, subject.tasks
    )
}

/// What a run is given: the size of a client's intake.
fn input() -> Value {
    let intake: Value = serde_json::from_slice(&intake::sign("flow", 0).body).unwrap_or_default();
    intake.get("intake_data").cloned().unwrap_or_default()
}

/// What to measure, and for how long.
pub(crate) struct Plan {
    /// For each measurement.
    pub(crate) seconds: u64,
    /// How many runs wait for one event.
    pub(crate) waiting: usize,
    /// The name of the one flow to be measured, and nothing else.
    pub(crate) only: Option<String>,
}

pub(crate) async fn run(
    program: &Path,
    plan: &Plan,
    postgres: &Path,
    as_json: bool,
) -> anyhow::Result<()> {
    let Plan { seconds, waiting, only } = plan;
    let is_wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let subjects: Vec<Subject> = subjects();
    if let Some(only) = only {
        let names: Vec<&str> = subjects.iter().map(|subject| subject.name).collect();
        anyhow::ensure!(names.contains(&only.as_str()), "--only: one of {}", names.join(", "));
    }
    let mut stage = Stage::set(program, "bench-flow").await?;
    // It makes the database, and then only waits.
    stage.start(&[("HANDOFF_ROLES", "api".to_owned())]).await?;
    let span = Duration::from_secs(*seconds);
    let body = serde_json::to_vec(&input())?;
    let sources: Vec<String> = subjects.iter().map(source).collect();
    let answers = Arc::new(Answers::default());
    let load = Load::start(&stage, &sources, Arc::clone(&answers)).await?;
    load.closed(THREE_STEPS, IN_FLIGHT[1], Duration::from_secs(3), &input()).await?;
    // The server does so by itself, ten seconds later.
    stage.database()?.connect().await?.execute("analyze").await?;
    let inserts = pgbench(&stage, postgres, *seconds, &body).await?;
    let mut measured = serde_json::Map::new();
    let mut best = 0.0_f64;
    let at_once = subjects.iter().filter(|subject| subject.name != WAITING);
    for subject in at_once.filter(|subject| is_wanted(subject.name)) {
        for in_flight in IN_FLIGHT.into_iter().filter(|count| count * subject.calls <= CALLS_MAX) {
            let figures = measure(&stage, &load, subject, in_flight, span).await?;
            if subject.name == THREE_STEPS {
                best = best.max(figures["per_second"].as_f64().unwrap_or_default());
            }
            measured.insert(format!("{} with {in_flight} in flight", subject.name), figures);
        }
        if subject.name == THREE_STEPS {
            // At once, before others leave the server work of their own.
            let half = load.open(THREE_STEPS, best / 2.0, span, &input()).await?;
            measured.insert(format!("{THREE_STEPS} at half load"), latencies(&half));
        }
    }
    let inserts_after = pgbench(&stage, postgres, *seconds, &body).await?;
    if is_wanted(WAITING) {
        measured.insert(WAITING.to_owned(), wait_and_wake(&stage, &load, *waiting).await?);
    }
    load.stop().await?;
    stage.kill()?;
    let inserted = f64::midpoint(inserts.per_second, inserts_after.per_second);
    let mut summary = json!({
        "inserts_per_second": [round(inserts.per_second), round(inserts_after.per_second)],
        "three_steps_to_inserts": round(best / inserted),
        "flows": measured,
    });
    if only.is_none() {
        let recovery = recovery(&mut stage).await?;
        summary["recovery_after_kill_seconds"] = round(recovery.as_secs_f64()).into();
    }
    if as_json {
        println!("{summary:#}");
    } else {
        print(&summary);
    }
    stage.strike()
}

fn latencies(run: &load::Latencies) -> Value {
    let of = |measured: &Measured| json!({ "p50": round(measured.p50_ms), "p95": round(measured.p95_ms), "p99": round(measured.p99_ms) });
    json!({
        "per_second": round(run.end.per_second),
        "first_step_ms": of(&run.first),
        "end_ms": of(&run.end),
    })
}

async fn measure(
    stage: &Stage,
    load: &Load,
    subject: &Subject,
    in_flight: usize,
    span: Duration,
) -> anyhow::Result<Value> {
    let mut conn = stage.database()?.connect().await?;
    let postmaster = processes::postmaster(&mut conn).await?;
    let (commits, cpu) = (commits(&mut conn).await?, CpuTime::now(&postmaster)?);
    let run = load.closed(subject.name, in_flight, span, &input()).await?;
    // The statistics are reported with a delay of up to a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let spent = CpuTime::now(&postmaster)?.since(cpu);
    let committed = self::commits(&mut conn).await? - commits;
    let mut figures = latencies(&run);
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let (committed, count) = (committed as f64, run.count.max(1) as f64);
    if let Some(figures) = figures.as_object_mut() {
        figures.insert("calls_each".to_owned(), subject.calls.into());
        figures.insert("commits_each".to_owned(), round(committed / count).into());
        figures.insert("database_share_of_cpu".to_owned(), round(spent.share_of_database()).into());
        figures.insert(
            "cpu_ms_each".to_owned(),
            round(spent.total().as_secs_f64() * 1_000.0 / count).into(),
        );
    }
    Ok(figures)
}

async fn commits(conn: &mut PgConnection) -> anyhow::Result<i64> {
    check::number(conn, "select xact_commit from pg_stat_database where datname = 'handoff'").await
}

/// Runs that wait, each for an event of its own or for one that all hear, and the events.
async fn wait_and_wake(stage: &Stage, load: &Load, waiting: usize) -> anyhow::Result<Value> {
    let idle_before = idle(stage).await?;
    let began = Instant::now();
    load.start_many(WAITING, waiting).await?;
    load.until(
        "select count(*) from engine.run where flow = 'waiting' and status = 'waiting'",
        waiting,
    )
    .await?;
    let started = began.elapsed();
    let asleep = idle(stage).await?;
    let beside = load.closed(THREE_STEPS, IN_FLIGHT[0], Duration::from_secs(3), &input()).await?;
    let ended = "select count(*) from engine.run where flow = 'waiting' and status = 'completed'";
    let alone = ONE_BY_ONE.min(waiting);
    let began = Instant::now();
    for number in 0..alone {
        load.say("bench.one", json!({ "number": number })).await?;
    }
    load.until(ended, alone).await?;
    let each = began.elapsed();
    let began = Instant::now();
    load.say("bench.all", json!({})).await?;
    load.until(ended, waiting).await?;
    let woken = began.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let rate_of = |count: usize, took: Duration| round(count as f64 / took.as_secs_f64());
    let rate = |took: Duration| rate_of(waiting, took);
    Ok(json!({
        "runs": waiting,
        "cpu_ms_per_second_before": round(idle_before),
        "cpu_ms_per_second_asleep": round(asleep),
        "started_per_second": rate(started),
        "three_steps_per_second_beside": round(beside.end.per_second),
        "one_by_one_per_second": rate_of(alone, each),
        "woken_and_ended_per_second": rate(woken),
    }))
}

/// How many milliseconds of processor time pass in a second in which nothing is asked for.
async fn idle(stage: &Stage) -> anyhow::Result<f64> {
    let postmaster = processes::postmaster(&mut stage.database()?.connect().await?).await?;
    // What came before is still being tidied up by the server.
    tokio::time::sleep(IDLE).await;
    let before = CpuTime::now(&postmaster)?;
    tokio::time::sleep(IDLE).await;
    let spent = CpuTime::now(&postmaster)?.since(before).total();
    Ok(spent.as_secs_f64() * 1_000.0 / IDLE.as_secs_f64())
}

/// From starting the killed program again to the end of the journey that it was in.
async fn recovery(stage: &mut Stage) -> anyhow::Result<Duration> {
    stage.start(&[]).await?;
    let client = plain_client(Duration::from_secs(10))?;
    intake::send(&client, &stage.url(), &intake::sign("recovery", 0)).await?;
    stage.kill()?;
    let began = Instant::now();
    stage.start(&[]).await?;
    let mut conn = stage.database()?.connect().await?;
    let ended =
        "select count(*) from engine.run where flow = 'client-onboarding' and status = 'completed'";
    while check::number(&mut conn, ended).await? < 1 {
        anyhow::ensure!(
            began.elapsed() < Duration::from_secs(60),
            "the journey did not end; see {}",
            stage.folder.display()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(began.elapsed())
}

fn print(summary: &Value) {
    for name in ["inserts_per_second", "three_steps_to_inserts", "recovery_after_kill_seconds"] {
        if let Some(value) = summary.get(name) {
            println!("{name:32} {value}");
        }
    }
    for (name, figures) in summary["flows"].as_object().into_iter().flatten() {
        println!("\n{name}");
        for (figure, value) in figures.as_object().into_iter().flatten() {
            println!("  {figure:30} {value}");
        }
    }
}
