//! Two nodes share the work, and one after the other is stopped (SIGSTOP) for longer than its leases last. The other
//! takes over what it was doing; when it wakes, what it knows is old, and its fences refuse it.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use connector_kit::http::plain_client;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::ConnectOptions as _;

use crate::{check, crash, intake, stage::Stage};

/// How many clients are carried through for each pause: more than the least if only then both nodes have work.
const LIFECYCLES_MIN: usize = 16;
const LIFECYCLES_MAX: usize = 80;
/// Another time than nodes look for work, so that both find some.
const SEND_EVERY: Duration = Duration::from_millis(170);
/// How long the calls take during which a node is stopped, in milliseconds.
const SLOW_MS: u64 = 4_000;
/// After this long, what is still under way belongs to the node that was stopped.
const ANSWERED: Duration = Duration::from_secs(6);
/// For how long a node is stopped after that: all in all longer than its leases last (`engine::claim::LEASE`, 30 s) and
/// others take to look.
const STOPPED: Duration = Duration::from_secs(34);

pub(crate) async fn run(program: &Path, pauses: usize) -> anyhow::Result<()> {
    println!("pause trial: two nodes, {pauses} pauses of {} s", (ANSWERED + STOPPED).as_secs());
    let mut stage = Stage::set(program, "pause").await?;
    // It runs the database's server and takes what clients send; the work is done by the two others.
    stage.start(&[("HANDOFF_ROLES", "api".to_owned())]).await?;
    let nodes = [stage.start_beside().await?, stage.start_beside().await?];
    let client = plain_client(Duration::from_secs(10))?;
    let mut acknowledged = Vec::new();
    let mut taken_over = 0;
    for number in 0..pauses {
        stage.slow_down("anthropic", SLOW_MS, LIFECYCLES_MAX).await?;
        for of_pause in 0..LIFECYCLES_MAX {
            let signed = intake::sign(&format!("pause{number}"), of_pause);
            intake::send(&client, &stage.url(), &signed).await?;
            acknowledged.push(signed.event_id);
            tokio::time::sleep(SEND_EVERY).await;
            if LIFECYCLES_MIN <= of_pause && both_work(&stage).await? {
                break;
            }
        }
        let node = nodes.get(number % 2).and_then(|pid| Pid::from_raw(i32::try_from(*pid).ok()?));
        let node = node.context("no such node")?;
        kill_process(node, Signal::STOP)?;
        let held = leases(&stage).await?;
        tokio::time::sleep(ANSWERED).await;
        let held = still(&stage, held).await?;
        tokio::time::sleep(STOPPED).await;
        let left = still(&stage, held.clone()).await?;
        kill_process(node, Signal::CONT)?;
        let (held, left) = (held.len(), left.len());
        println!(
            "  {}: stopped with {held} calls under way; the other took over {}",
            number + 1,
            held - left
        );
        anyhow::ensure!(0 < held, "the stopped node had no call under way");
        anyhow::ensure!(left == 0, "{left} calls of the stopped node were left to it");
        taken_over += held;
    }
    check::settle(&stage, i64::try_from(acknowledged.len())?).await?;
    let findings = check::invariants(&stage, &acknowledged).await?;
    println!(
        "{} acknowledged; {taken_over} calls taken over; {} writes repeated and recognised; {} messages of unknown outcome",
        acknowledged.len(),
        findings.deduplicated,
        findings.unknown
    );
    let mut wrong = findings.wrong;
    if taken_over < usize::try_from(findings.unknown)? {
        let unknown = findings.unknown;
        wrong.push(format!("{unknown} unknown outcomes are more than {taken_over} calls explain"));
    }
    crash::conclude(stage, wrong, 0)
}

/// Whether both nodes have calls under way.
async fn both_work(stage: &Stage) -> anyhow::Result<bool> {
    let mut conn = stage.database()?.connect().await?;
    let owners = "select count(distinct owner) from engine.task where owner is not null";
    Ok(check::number(&mut conn, owners).await? == 2)
}

/// A queue entry that is leased, with the count of its claims.
type Lease = (sqlx::types::Uuid, i64);

async fn leases(stage: &Stage) -> anyhow::Result<Vec<Lease>> {
    let mut conn = stage.database()?.connect().await?;
    let leased = "select task_id, fence from engine.task where owner is not null";
    Ok(sqlx::query_as(leased).fetch_all(&mut conn).await?)
}

/// Those of the leases that nobody ended or took over.
async fn still(stage: &Stage, held: Vec<Lease>) -> anyhow::Result<Vec<Lease>> {
    let now = leases(stage).await?;
    Ok(held.into_iter().filter(|lease| now.contains(lease)).collect())
}
