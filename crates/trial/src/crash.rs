//! Killed at random while clients are carried through.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use connector_kit::http::plain_client;
use futures::StreamExt as _;
use kernel::{Random as _, SeededRandom, SystemRandom};

use crate::{
    check,
    intake::{self, Refusal},
    outage::Outage,
    stage::Stage,
};

/// How many clients submit at the same time.
const SENDERS: usize = 4;
/// A kill comes this long after the program is ready, at random.
const KILL_AFTER_MS: std::ops::Range<f64> = 80.0..900.0;

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victim {
    /// The program, with its private database.
    Program,
    /// The private database, while the program lives on.
    Database,
}

pub(crate) async fn run(
    program: &Path,
    victim: Victim,
    lifecycles: usize,
    kills: usize,
    seed: Option<u64>,
) -> anyhow::Result<()> {
    let seed = seed.unwrap_or_else(|| {
        let mut bytes = [0_u8; 4];
        SystemRandom.fill(&mut bytes);
        u64::from(u32::from_le_bytes(bytes))
    });
    println!("crash trial: {lifecycles} lifecycles, {kills} kills of the {victim:?}, seed {seed}");
    let random = SeededRandom::new(seed);
    let began = Instant::now();
    let mut stage = Stage::set(program, "crash").await?;
    stage.start(&[]).await?;
    let url = Arc::new(stage.url());
    let trial = format!("crash{seed}");
    // Paced, so that there is work under way at every kill.
    let pace = Duration::from_millis(u64::try_from(kills * 600 / lifecycles.max(1))?.min(2_000));
    let sending = tokio::spawn(submit(Arc::clone(&url), trial, lifecycles, pace));
    for number in 1..=kills {
        let span = KILL_AFTER_MS.end - KILL_AFTER_MS.start;
        let wait = KILL_AFTER_MS.start + span * random.fraction();
        tokio::time::sleep(Duration::from_secs_f64(wait / 1_000.0)).await;
        let (what, recovered) = match victim {
            Victim::Program => {
                stage.kill()?;
                ("Killed".to_owned(), stage.start(&[]).await?)
            }
            Victim::Database => {
                let outage = Outage::numbered(number);
                outage.happen(&stage).await?;
                (format!("{outage:?}"), stage.ready().await?)
            }
        };
        println!("  {number}: {what}, ready again after {:.2} s", recovered.as_secs_f64());
    }
    let (acknowledged, refusals) = sending.await??;
    check::settle(&stage, i64::try_from(lifecycles)?).await?;
    let findings = check::invariants(&stage, &acknowledged).await?;
    let improper = refusals.iter().filter(|refusal| !refusal.says_when_to_come_back()).count();
    println!(
        "{} acknowledged in {:.0} s; {} refusals on the way; {} writes repeated and recognised; {} messages of unknown outcome",
        acknowledged.len(),
        began.elapsed().as_secs_f64(),
        refusals.len(),
        findings.deduplicated,
        findings.unknown
    );
    let mut wrong = findings.wrong;
    if usize::try_from(findings.unknown)? > kills * SENDERS {
        wrong.push(format!(
            "{} unknown outcomes are more than {kills} kills explain",
            findings.unknown
        ));
    }
    if 0 < improper {
        wrong.push(format!("{improper} refusals are not 503 with Retry-After: {refusals:?}"));
    }
    if victim == Victim::Database && stage.has_ended()? {
        wrong.push("the program ended with its database".to_owned());
    }
    conclude(stage, wrong, seed)
}

/// Says how it went; keeps the folder when something is wrong.
pub(crate) fn conclude(stage: Stage, wrong: Vec<String>, seed: u64) -> anyhow::Result<()> {
    if wrong.is_empty() {
        println!("every invariant holds");
        return stage.strike();
    }
    for one in &wrong {
        println!("WRONG: {one}");
    }
    let folder = stage.folder.display().to_string();
    drop(stage);
    anyhow::bail!(
        "{} invariants do not hold (seed {seed}); logs and ledgers are in {folder}",
        wrong.len()
    )
}

async fn submit(
    url: Arc<String>,
    trial: String,
    lifecycles: usize,
    pace: Duration,
) -> anyhow::Result<(Vec<String>, Vec<Refusal>)> {
    let client = plain_client(Duration::from_secs(5))?;
    let mut sending = futures::stream::iter(0..lifecycles)
        .map(|number| {
            let (client, url, trial) = (client.clone(), Arc::clone(&url), trial.clone());
            async move {
                tokio::time::sleep(pace).await;
                let signed = intake::sign(&trial, number);
                let refusals = intake::send(&client, &url, &signed).await?;
                Ok::<_, anyhow::Error>((signed.event_id, refusals))
            }
        })
        .buffer_unordered(SENDERS);
    let (mut acknowledged, mut refusals) = (Vec::new(), Vec::new());
    while let Some(sent) = sending.next().await {
        let (event_id, refused) = sent?;
        acknowledged.push(event_id);
        refusals.extend(refused);
    }
    Ok((acknowledged, refusals))
}
