//! The invariants: the database against the simulators' ledgers.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgConnection, Row as _};

use crate::stage::Stage;

/// How long runs may take after the last fault.
const SETTLE_DEADLINE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

/// What was found, for the summary.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) wrong: Vec<String>,
    pub(crate) unknown: i64,
    pub(crate) deduplicated: usize,
}

impl Findings {
    fn demand(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(otherwise());
        }
    }
}

/// Waits until every run ended and the log is in order.
pub(crate) async fn settle(stage: &Stage, expected: i64) -> anyhow::Result<()> {
    let deadline = Instant::now() + SETTLE_DEADLINE;
    let mut seen = String::new();
    while Instant::now() < deadline {
        if let Ok(options) = stage.database()
            && let Ok(mut conn) = options.connect().await
        {
            let ended =
                number(&mut conn, "select count(*) from engine.run where ended_at is not null")
                    .await?;
            let left = number(
                &mut conn,
                "select (select count(*) from engine.task) + (select count(*) from platform.event_pending)
                      + (select count(*) from identity.audit_pending)",
            )
            .await?;
            if expected <= ended && left == 0 {
                return Ok(());
            }
            seen = format!("{ended} of {expected} runs ended, {left} queue entries are left");
        }
        tokio::time::sleep(POLL).await;
    }
    anyhow::bail!("the runs did not settle within {SETTLE_DEADLINE:?}: {seen}")
}

/// Checks everything that must hold after `lifecycles` intakes were acknowledged.
pub(crate) async fn invariants(stage: &Stage, acknowledged: &[String]) -> anyhow::Result<Findings> {
    let mut conn = stage.database()?.connect().await?;
    let mut findings = Findings::default();
    let expected = i64::try_from(acknowledged.len())?;
    received(&mut conn, acknowledged, &mut findings).await?;
    for (what, query, wanted) in [
        ("completed runs", "select count(*) from engine.run where status = 'completed'", expected),
        ("runs", "select count(*) from engine.run", expected),
        ("triggers of runs", "select count(distinct trigger_event_id) from engine.run", expected),
        ("leads here", "select count(*) from crm.lead", expected),
        ("clients here", "select count(*) from crm.client", expected),
        (
            "deliverables here",
            "select count(*) from delivery.deliverable where external_id is not null",
            4 * expected,
        ),
        ("queue entries", "select count(*) from engine.task", 0),
        ("timers", "select count(*) from engine.timer", 0),
        (
            "calls left open",
            "select count(*) from engine.call where status in ('started', 'scheduled')",
            0,
        ),
        (
            "unknown outcomes of other calls than messages",
            "select count(*) from engine.call where status = 'unknown' and function <> 'slack.post_message'",
            0,
        ),
        (
            "gaps in the positions of events",
            "select coalesce(max(position), 0) - count(*) from platform.event_position",
            0,
        ),
        (
            "events without a position",
            "select count(*) from platform.event e where not exists (select from platform.event_position p where p.event_id = e.event_id)",
            0,
        ),
        (
            "gaps in the audit trail",
            "select coalesce(max(sequence), 0) - count(*) from identity.audit_entry",
            0,
        ),
    ] {
        let seen = number(&mut conn, query).await?;
        findings.demand(seen == wanted, || format!("{what}: {seen}, expected {wanted}"));
    }
    findings.unknown =
        number(&mut conn, "select count(*) from engine.call where status = 'unknown'").await?;
    ledgers(stage, expected, &mut findings)?;
    Ok(findings)
}

async fn received(
    conn: &mut PgConnection,
    acknowledged: &[String],
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let rows = sqlx::query("select dedupe_key, count(*) as times from webhook.received where status = 'accepted' group by 1")
        .fetch_all(conn)
        .await?;
    let stored: HashMap<String, i64> =
        rows.iter().map(|row| (row.get("dedupe_key"), row.get("times"))).collect();
    for key in acknowledged {
        let times = stored.get(key).copied().unwrap_or(0);
        findings
            .demand(times == 1, || format!("{key} was acknowledged and is stored {times} times"));
    }
    findings.demand(stored.len() == acknowledged.len(), || {
        format!("{} deliveries are stored, {} were acknowledged", stored.len(), acknowledged.len())
    });
    Ok(())
}

fn ledgers(stage: &Stage, expected: i64, findings: &mut Findings) -> anyhow::Result<()> {
    let folder = stage.folder.join("ledgers");
    let (mut leads, mut attached, mut by_key) = (0, 0, BTreeMap::<String, usize>::new());
    for entry in read(&folder.join("invoice_system.ndjson"))? {
        let effect = entry.get("effect").and_then(Value::as_str).unwrap_or_default();
        let path = entry.get("path").and_then(Value::as_str).unwrap_or_default();
        if effect == "deduplicated" {
            findings.deduplicated += 1;
        }
        if effect == "applied" {
            let is_lead = !path.contains("/deliverables");
            (leads, attached) = (leads + i64::from(is_lead), attached + i64::from(!is_lead));
            let key = entry.get("key").and_then(Value::as_str).unwrap_or_default();
            *by_key.entry(key.to_owned()).or_default() += 1;
        }
    }
    findings.demand(leads == expected, || {
        format!("the invoice system has {leads} leads, expected {expected}")
    });
    findings.demand(attached == 4 * expected, || {
        format!("it has {attached} deliverables, expected {}", 4 * expected)
    });
    let mut messages = BTreeMap::<String, i64>::new();
    for entry in read(&folder.join("slack.ndjson"))? {
        if entry.get("effect").and_then(Value::as_str) == Some("applied") {
            let key = entry.get("key").and_then(Value::as_str).unwrap_or_default();
            *messages.entry(key.to_owned()).or_default() += 1;
        }
    }
    for (key, times) in by_key
        .iter()
        .map(|(key, times)| (key, *times))
        .chain(messages.iter().map(|(key, times)| (key, usize::try_from(*times).unwrap_or(0))))
    {
        findings.demand(times <= 1, || format!("{key} was applied {times} times"));
    }
    let told = i64::try_from(messages.len())?;
    let unknown = findings.unknown;
    findings.demand(expected <= told + unknown, || {
        format!("{told} messages and {unknown} unknown outcomes for {expected} clients")
    });
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<Value>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

pub(crate) async fn number(conn: &mut PgConnection, query: &'static str) -> anyhow::Result<i64> {
    let value: i64 = sqlx::query_scalar(query).fetch_one(conn).await?;
    Ok(value)
}
