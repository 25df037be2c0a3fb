//! Two real programs, one for each side of the conversation, each with a database of its own: clients are
//! carried from the form to the milestone's invoice while both are killed at random, and at the end both
//! databases must agree.

mod agree;
mod lifecycle;
mod side;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _};
use kernel::{Random as _, SeededRandom, SystemRandom};
use sqlx::ConnectOptions as _;
use tokio::sync::Mutex;

use side::{Sandbox, Side};

/// How many clients are carried at the same time.
const AT_ONCE: usize = 6;
/// A kill comes this long after the one before it, at random.
const KILL_AFTER_MS: std::ops::Range<f64> = 300.0..2_000.0;
/// How long one client may take.
const LIFECYCLE_DEADLINE: Duration = Duration::from_secs(240);
/// How often messages that wait for their next attempt are made due, once nobody is killed any more: one that met two
/// kills would wait for five minutes.
const HURRY_EVERY: Duration = Duration::from_secs(1);

/// Both programs and what they speak to.
pub(crate) struct Conversation {
    pub(crate) invoice_system: Mutex<Side>,
    pub(crate) assistant: Mutex<Side>,
    pub(crate) ends: Ends,
    sandbox: Sandbox,
}

/// Where requests go, which kills do not change.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    pub(crate) invoice_system: side::Api,
    pub(crate) assistant: side::Api,
    pub(crate) form: String,
}

pub(crate) async fn run(
    program: &Path,
    lifecycles: usize,
    kills: usize,
    seed: Option<u64>,
) -> anyhow::Result<()> {
    let seed = seed.unwrap_or_else(|| {
        let mut bytes = [0_u8; 4];
        SystemRandom.fill(&mut bytes);
        u64::from(u32::from_le_bytes(bytes))
    });
    println!("two sides: {lifecycles} clients, {kills} kills, seed {seed}");
    let began = Instant::now();
    let folder = std::env::temp_dir().join(format!("handoff-two-sides-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let conversation = Arc::new(Conversation::begin(program, &folder).await?);
    println!("  both sides are up after {:.1} s", began.elapsed().as_secs_f64());
    let done = Arc::new(AtomicUsize::new(0));
    let killing =
        tokio::spawn(kill(Arc::clone(&conversation), kills, seed, Arc::clone(&done), lifecycles));
    let carried = carry_all(&conversation, lifecycles, &done).await;
    done.store(lifecycles, Ordering::Relaxed);
    let killed = killing.await??;
    let outcome = match carried {
        Ok(clients) => agree::check(&conversation, &clients).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(summary) => {
            println!(
                "{lifecycles} clients in {:.0} s, {killed} kills; {summary}",
                began.elapsed().as_secs_f64()
            );
            println!("both sides agree");
            let conversation = Arc::into_inner(conversation).context("a task was left")?;
            conversation.end();
            std::fs::remove_dir_all(&folder)?;
            Ok(())
        }
        Err(error) => Err(error.context(format!(
            "the two sides do not agree (seed {seed}); logs and ledgers are in {}",
            folder.display()
        ))),
    }
}

async fn carry_all(
    conversation: &Arc<Conversation>,
    lifecycles: usize,
    done: &Arc<AtomicUsize>,
) -> anyhow::Result<Vec<lifecycle::Client>> {
    futures::stream::iter(0..lifecycles)
        .map(|number| {
            let (ends, done) = (conversation.ends.clone(), Arc::clone(done));
            async move {
                let carried =
                    tokio::time::timeout(LIFECYCLE_DEADLINE, lifecycle::carry(&ends, number));
                let client = carried
                    .await
                    .with_context(|| format!("client {number} was not done in time"))?
                    .with_context(|| format!("client {number}"))?;
                done.fetch_add(1, Ordering::Relaxed);
                Ok(client)
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Kills one side or the other while there is work left.
async fn kill(
    conversation: Arc<Conversation>,
    kills: usize,
    seed: u64,
    done: Arc<AtomicUsize>,
    lifecycles: usize,
) -> anyhow::Result<usize> {
    let random = SeededRandom::new(seed);
    for number in 0..kills {
        let span = KILL_AFTER_MS.end - KILL_AFTER_MS.start;
        let wait = KILL_AFTER_MS.start + span * random.fraction();
        tokio::time::sleep(Duration::from_secs_f64(wait / 1_000.0)).await;
        if lifecycles <= done.load(Ordering::Relaxed) {
            return Ok(number);
        }
        let is_assistant = random.fraction() < 0.5;
        let side =
            if is_assistant { &conversation.assistant } else { &conversation.invoice_system };
        let mut side = side.lock().await;
        side.kill()?;
        let down = Duration::from_secs_f64(random.fraction() * 0.5);
        tokio::time::sleep(down).await;
        let ready = side.start().await?;
        println!("  killed the {}, ready again after {:.2} s", side.name, ready.as_secs_f64());
    }
    while done.load(Ordering::Relaxed) < lifecycles {
        for side in [&conversation.assistant, &conversation.invoice_system] {
            let mut conn = side.lock().await.database()?.connect().await?;
            sqlx::query("update webhook.outbox set run_at = now() where owner is null")
                .execute(&mut conn)
                .await?;
        }
        tokio::time::sleep(HURRY_EVERY).await;
    }
    Ok(kills)
}
