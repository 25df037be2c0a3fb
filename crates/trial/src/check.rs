//! The invariants: the database against the simulators' ledgers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgConnection, Row as _};

use crate::stage::Stage;

/// How long runs may take after the last fault.
const SETTLE_DEADLINE: Duration = Duration::from_secs(120);
/// Where a page at Notion says what it is about.
const REFERENCE: &str = "/request/properties/Handoff ID/rich_text/0/text/content";
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

/// Waits until `expected` clients were carried through and nothing is left to do, for as long as something changes.
/// A retry that is waited for has no task, only a timer; and runs of other flows, as those that tell of an alert,
/// end in between.
pub(crate) async fn settle(stage: &Stage, expected: i64) -> anyhow::Result<()> {
    let mut deadline = Instant::now() + SETTLE_DEADLINE;
    let mut seen = String::new();
    while Instant::now() < deadline {
        if let Ok(options) = stage.database()
            && let Ok(mut conn) = options.connect().await
        {
            let ended =
                number(&mut conn, "select count(*) from engine.run where ended_at is not null and flow = 'client-onboarding'")
                    .await?;
            let left = number(
                &mut conn,
                "select (select count(*) from engine.task) + (select count(*) from engine.timer)
                      + (select count(*) from platform.event_pending) + (select count(*) from identity.audit_pending)",
            )
            .await?;
            if expected <= ended && left == 0 {
                return Ok(());
            }
            let now = format!("{ended} of {expected} runs ended, {left} queue entries are left");
            if now != seen {
                (seen, deadline) = (now, Instant::now() + SETTLE_DEADLINE);
            }
        }
        tokio::time::sleep(POLL).await;
    }
    anyhow::bail!("nothing changed for {SETTLE_DEADLINE:?}: {seen}")
}

/// Checks everything that must hold after `lifecycles` intakes were acknowledged.
pub(crate) async fn invariants(stage: &Stage, acknowledged: &[String]) -> anyhow::Result<Findings> {
    let mut conn = stage.database()?.connect().await?;
    let mut findings = Findings::default();
    let expected = i64::try_from(acknowledged.len())?;
    received(&mut conn, acknowledged, &mut findings).await?;
    for (what, query, wanted) in [
        (
            "completed runs",
            "select count(*) from engine.run where status = 'completed' and flow = 'client-onboarding'",
            expected,
        ),
        ("runs", "select count(*) from engine.run where flow = 'client-onboarding'", expected),
        (
            "triggers of runs",
            "select count(distinct trigger_event_id) from engine.run where flow = 'client-onboarding'",
            expected,
        ),
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
    invoice_system(&read(&folder.join("invoice_system.ndjson"))?, expected, findings);
    slack(&read(&folder.join("slack.ndjson"))?, expected, findings);
    notion(&read(&folder.join("notion.ndjson"))?, expected, findings);
    Ok(())
}

/// One lead and four deliverables for each client, each made once, and one request for each key.
fn invoice_system(entries: &[Value], expected: i64, findings: &mut Findings) {
    let (mut leads, mut attached) = (0, 0);
    let mut keys_of = BTreeMap::<String, BTreeSet<&str>>::new();
    for entry in entries {
        match field(entry, "effect") {
            "deduplicated" => findings.deduplicated += 1,
            "applied" => {
                let is_lead = !field(entry, "path").ends_with("/deliverables");
                (leads, attached) = (leads + i64::from(is_lead), attached + i64::from(!is_lead));
                keys_of.entry(effect(entry, is_lead)).or_default().insert(field(entry, "key"));
            }
            _ => {}
        }
    }
    findings.demand(leads == expected, || {
        format!("the invoice system has {leads} leads, expected {expected}")
    });
    findings.demand(attached == 4 * expected, || {
        format!("it has {attached} deliverables, expected {}", 4 * expected)
    });
    for (effect, keys) in keys_of {
        findings.demand(!keys.contains(""), || format!("{effect} was made without a key"));
        findings.demand(keys.len() <= 1, || {
            let listed: Vec<&str> = keys.iter().copied().collect();
            format!("{effect} was made under {} keys: {}", keys.len(), listed.join(", "))
        });
    }
    once_for_each_key(entries, findings);
    one_request_for_each_key(entries, findings);
}

/// What a write made, in words.
fn effect(entry: &Value, is_lead: bool) -> String {
    let path = field(entry, "path");
    if is_lead {
        let reference = entry.pointer("/request/external_ref").and_then(Value::as_str);
        let lead_id = entry.pointer("/answer/lead_id").and_then(Value::as_str);
        return format!("the lead {}", reference.or(lead_id).unwrap_or(path));
    }
    let kind = entry.pointer("/request/deliverable_type").and_then(Value::as_str);
    let lead_id = path.rsplit('/').nth(1).unwrap_or(path);
    format!("the deliverable {} of the lead {lead_id}", kind.unwrap_or("without a type"))
}

/// At most one page for each deliverable. It has no key there; our id on it says what it is about. A run that is
/// held up for long goes on without one.
fn notion(entries: &[Value], expected: i64, findings: &mut Findings) {
    let mut pages = BTreeMap::<&str, i64>::new();
    for entry in entries.iter().filter(|entry| field(entry, "effect") == "applied") {
        let about = entry.pointer(REFERENCE).and_then(Value::as_str);
        if field(entry, "path").ends_with("/pages") {
            *pages.entry(about.unwrap_or_default()).or_default() += 1;
        }
    }
    for (about, times) in &pages {
        findings.demand(*times == 1, || format!("{about} has {times} pages at Notion"));
    }
    let made = i64::try_from(pages.len()).unwrap_or(i64::MAX);
    findings.demand(0 < made && made <= 4 * expected, || {
        format!("there are {made} pages at Notion, expected up to {}", 4 * expected)
    });
}

fn one_request_for_each_key(entries: &[Value], findings: &mut Findings) {
    let mut requests = BTreeMap::<&str, Vec<(&str, Option<&Value>)>>::new();
    for entry in entries.iter().filter(|entry| field(entry, "method") != "GET") {
        let request = (field(entry, "path"), entry.get("request"));
        let known = requests.entry(field(entry, "key")).or_default();
        if !known.contains(&request) {
            known.push(request);
        }
    }
    for (key, known) in requests.iter().filter(|(key, _)| !key.is_empty()) {
        findings.demand(known.len() == 1, || {
            format!("{key} was sent with {} different requests", known.len())
        });
    }
}

fn once_for_each_key(entries: &[Value], findings: &mut Findings) {
    for (key, times) in applied_by_key(entries) {
        findings.demand(times <= 1, || format!("{key} was applied {times} times"));
    }
}

fn applied_by_key(entries: &[Value]) -> BTreeMap<&str, usize> {
    let mut by_key = BTreeMap::new();
    for entry in entries.iter().filter(|entry| field(entry, "effect") == "applied") {
        *by_key.entry(field(entry, "key")).or_default() += 1;
    }
    by_key
}

/// A message for each client, or an outcome that is known to be unknown; none twice.
fn slack(entries: &[Value], expected: i64, findings: &mut Findings) {
    once_for_each_key(entries, findings);
    let told = applied_by_key(entries).len();
    let unknown = findings.unknown;
    findings.demand(i64::try_from(told).is_ok_and(|told| expected <= told + unknown), || {
        format!("{told} messages and {unknown} unknown outcomes for {expected} clients")
    });
}

fn field<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lead(key: &str) -> Value {
        json!({
            "method": "POST", "path": "/api/v1/leads", "key": key, "effect": "applied",
            "request": { "external_ref": "ours-1" }, "answer": { "lead_id": "lead_1" },
        })
    }

    fn deliverable(key: &str, kind: &str) -> Value {
        json!({
            "method": "PUT", "path": "/api/v1/leads/lead_1/deliverables", "key": key,
            "effect": "applied", "request": { "deliverable_type": kind }, "answer": {},
        })
    }

    fn journey() -> Vec<Value> {
        let mut entries = vec![lead("k-0")];
        entries.extend(["a", "b", "c", "d"].map(|kind| deliverable(&format!("k-{kind}"), kind)));
        entries
    }

    fn wrong(entries: &[Value]) -> Vec<String> {
        let mut findings = Findings::default();
        invoice_system(entries, 1, &mut findings);
        findings.wrong
    }

    #[test]
    fn a_journey_and_its_repeats_are_in_order() {
        let mut entries = journey();
        let mut repeat = lead("k-0");
        repeat["effect"] = json!("deduplicated");
        let get = json!({ "method": "GET", "path": "/api/v1/leads/lead_1", "effect": "none" });
        entries.extend([repeat, get.clone(), get]);
        assert_eq!(wrong(&entries), [""; 0]);
    }

    #[test]
    fn a_lead_or_a_deliverable_under_two_keys_is_found() {
        let mut entries = journey();
        entries.extend([lead("k-9"), deliverable("k-8", "a")]);
        assert_eq!(
            wrong(&entries)[2..],
            [
                "the deliverable a of the lead lead_1 was made under 2 keys: k-8, k-a",
                "the lead ours-1 was made under 2 keys: k-0, k-9",
            ]
        );
        // Also where the numbers happen to fit.
        entries = journey();
        entries[4] = deliverable("k-d", "a");
        assert_eq!(
            wrong(&entries),
            ["the deliverable a of the lead lead_1 was made under 2 keys: k-a, k-d"]
        );
    }

    #[test]
    fn a_write_without_a_key_is_found() {
        let mut entries = journey();
        entries[0]["key"] = Value::Null;
        assert_eq!(wrong(&entries), ["the lead ours-1 was made without a key"]);
    }

    #[test]
    fn a_key_with_two_requests_is_found_even_if_one_was_refused() {
        let mut entries = journey();
        let mut refused = lead("k-0");
        refused["effect"] = json!("none");
        refused["request"]["company_name"] = json!("Initech");
        entries.push(refused);
        assert_eq!(wrong(&entries), ["k-0 was sent with 2 different requests"]);
    }

    #[test]
    fn an_effect_that_one_key_had_twice_is_found() {
        let mut entries = journey();
        entries.push(lead("k-0"));
        assert_eq!(
            wrong(&entries),
            ["the invoice system has 2 leads, expected 1", "k-0 was applied 2 times"]
        );
    }
}
