//! Crashed at each named point, once, and expected to carry on as if nothing had happened.

use std::{path::Path, time::Duration};

use connector_kit::http::plain_client;
use kernel::faults::CRASH_POINTS;
use serde_json::json;

use crate::{check, crash::conclude, intake, stage::Stage};

/// How many clients are carried through for each point.
const LIFECYCLES: usize = 3;
/// How long a point may take to be reached.
const REACH_TRIES: usize = 200;
const POLL: Duration = Duration::from_millis(100);

pub(crate) async fn run(program: &Path) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let mut stage = Stage::set(program, "points").await?;
    stage.start(&[]).await?;
    subscribe(&stage).await?;
    let mut acknowledged = Vec::new();
    // Keys that replaced the key file's, kept for every later start.
    let mut keys: Vec<(&str, String)> = Vec::new();
    for (number, point) in CRASH_POINTS.iter().enumerate() {
        let log = stage.folder.join(format!("{point}.fired"));
        let mut extra = vec![
            ("HANDOFF_CRASH", format!("{point}:1")),
            ("HANDOFF_CRASH_LOG", log.display().to_string()),
        ];
        if let Some(rotated) = rotated_keys(&stage, point)? {
            keys = vec![("HANDOFF_KEYS", rotated)];
        }
        extra.extend(keys.clone());
        if *point == "migrations.between_files" && number != 0 {
            // Only a new database is migrated, so this one has a stage of its own.
            crash_while_migrating(program, &mut wrong).await?;
            continue;
        }
        arm_a_retry(&stage).await?;
        stage.kill()?;
        stage.launch(&extra)?;
        let sending = {
            let (url, point) = (stage.url(), point.replace('.', "-"));
            tokio::spawn(async move { submit(&url, &point).await })
        };
        let fired = reach(&mut stage).await?;
        if !fired || !log.exists() {
            wrong.push(format!("the point {point} was never reached"));
        }
        stage.kill()?;
        stage.start(&keys).await?;
        acknowledged.extend(sending.await??);
        check::settle(&stage, i64::try_from(acknowledged.len())?).await?;
        println!("  {point}: crashed and carried on");
    }
    let findings = check::invariants(&stage, &acknowledged).await?;
    println!("{} points, {} unknown outcomes", CRASH_POINTS.len(), findings.unknown);
    wrong.extend(findings.wrong);
    conclude(stage, wrong, 0)
}

/// A new key in front of the ones in use, for the point that is reached while secrets are sealed anew.
fn rotated_keys(stage: &Stage, point: &str) -> anyhow::Result<Option<String>> {
    if !point.starts_with("secrets.") {
        return Ok(None);
    }
    let text = std::fs::read_to_string(stage.data().join("keys"))?;
    let old: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    Ok(Some(format!("k9:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,{}", old.join(","))))
}

/// Has each event sent to somebody who does not want it, so that sending webhooks is never at rest.
async fn subscribe(stage: &Stage) -> anyhow::Result<()> {
    let token = stage.owner_token()?;
    let nobody = format!("http://127.0.0.1:{}/_sandbox/providers", stage.sandbox_port);
    let subscription = json!({ "url": nobody, "event_types": ["*"] });
    let client = plain_client(Duration::from_secs(5))?;
    let url = format!("{}/v1/webhook-subscriptions", stage.url());
    client.post(url).bearer_auth(token).json(&subscription).send().await?.error_for_status()?;
    Ok(())
}

/// Makes the next call to the AI fail once, so that a retry's timer is set.
async fn arm_a_retry(stage: &Stage) -> anyhow::Result<()> {
    let client = plain_client(Duration::from_secs(5))?;
    let url = format!("http://127.0.0.1:{}/_sandbox/faults/anthropic", stage.sandbox_port);
    let fault = json!({ "what": "status-503", "times": 1 });
    client.put(url).json(&fault).send().await?.error_for_status()?;
    Ok(())
}

async fn submit(url: &str, point: &str) -> anyhow::Result<Vec<String>> {
    let client = plain_client(Duration::from_secs(5))?;
    let mut acknowledged = Vec::new();
    for number in 0..LIFECYCLES {
        let signed = intake::sign(point, number);
        intake::send(&client, url, &signed).await?;
        acknowledged.push(signed.event_id);
    }
    Ok(acknowledged)
}

async fn reach(stage: &mut Stage) -> anyhow::Result<bool> {
    for _ in 0..REACH_TRIES {
        if stage.has_ended()? {
            return Ok(true);
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(false)
}

async fn crash_while_migrating(program: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut stage = Stage::set(program, "migrating").await?;
    let log = stage.folder.join("fired");
    stage.launch(&[
        ("HANDOFF_CRASH", "migrations.between_files:2".to_owned()),
        ("HANDOFF_CRASH_LOG", log.display().to_string()),
    ])?;
    if !reach(&mut stage).await? || !log.exists() {
        wrong.push("the point migrations.between_files was never reached".to_owned());
    }
    stage.kill()?;
    stage.start(&[]).await?;
    println!("  migrations.between_files: crashed and carried on");
    stage.strike()
}
