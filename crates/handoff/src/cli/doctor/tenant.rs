//! One tenant: what it is connected to and whether that works, its faulted runs, its alerts.

use std::sync::Arc;

use chrono::TimeDelta;
use connector_kit::http::EGRESS_REFUSED;
use domain::{App, Caller, Problem, connections, identity::tenants::TenantView};
use kernel::Timestamp;
use serde_json::{Value, json};

use super::{Finding, bad, good};
use crate::cli::{
    connection::{egress_advice, missing},
    output::{field, items},
};

/// How long a faulted run counts as something to do.
const RECENT: TimeDelta = TimeDelta::days(7);
/// How many runs and alerts are looked at.
const PAGE: u8 = 100;
/// How many alerts are named.
const NAMED_MAX: usize = 3;

/// Connections that one does well without, and how that is.
const OPTIONAL: [(&str, &str); 3] = [
    ("email", "alerts are told on Slack only"),
    ("notion", "deliverables and projects get no page there"),
    ("assistant", "what forms collect is told to nobody"),
];

pub(super) struct Examination<'a> {
    pub(super) app: &'a Arc<App>,
    /// A server runs here, so its settings decide what may be called.
    pub(super) is_attached: bool,
    pub(super) offline: bool,
}

impl Examination<'_> {
    pub(super) async fn of(&self, tenant: &TenantView) -> Vec<Finding> {
        let caller = Caller::system(tenant.tenant_id, "doctor");
        match self.examine(&caller, &tenant.slug).await {
            Ok(findings) => findings,
            Err(problem) => {
                problem.log();
                let seen = format!("{}: {}", tenant.slug, problem.detail());
                vec![bad("tenant", seen, "see the message above, or the log")]
            }
        }
    }

    async fn examine(&self, caller: &Caller, slug: &str) -> Result<Vec<Finding>, Problem> {
        let list = self.ask(caller, "list_connections", json!({})).await?;
        let mut findings = Vec::new();
        let mut unset = missing(&self.app.outside.connectors(), &list);
        for (connector, without) in OPTIONAL {
            if unset.iter().any(|it| it == connector) {
                unset.retain(|it| it != connector);
                findings.push(good(connector, format!("{slug}: not connected; {without}")));
            }
        }
        if let Some(first) = unset.first() {
            let seen =
                format!("{slug}: not connected: {}; runs that call them fail", unset.join(", "));
            let advice =
                format!("handoff connection set {first} --file settings.json --tenant {slug}");
            findings.push(bad("connections", seen, advice));
        }
        for item in items(&list) {
            findings.push(self.connection(caller, slug, item).await?);
        }
        let faulted = json!({ "status": "faulted", "limit": PAGE });
        let faulted = self.ask(caller, "list_runs", faulted).await?;
        findings.extend(runs(slug, &faulted, self.app.db.clock().now()));
        let open = json!({ "open": true, "severity": "critical", "limit": PAGE });
        let open = self.ask(caller, "list_alerts", open).await?;
        findings.extend(alerts(slug, &open));
        Ok(findings)
    }

    async fn ask(&self, caller: &Caller, operation: &str, input: Value) -> Result<Value, Problem> {
        self.app.invoke(caller, operation, input).await
    }

    /// Tries a connection, without noting what came of it.
    async fn connection(
        &self,
        caller: &Caller,
        slug: &str,
        item: &Value,
    ) -> Result<Finding, Problem> {
        let connector = field(item, "connector");
        let set_again = format!("handoff connection set {connector} --tenant {slug}");
        if self.offline {
            let (status, detail) = (field(item, "status"), field(item, "status_detail"));
            let seen = format!("{slug}: {connector} is {status} ({detail})");
            return Ok(match status.as_str() {
                "failing" => bad("connection", seen, format!("set it again: {set_again}")),
                _ => good("connection", seen),
            });
        }
        let mut tx = self.app.db.tenant(caller.tenant).await?;
        let settings = connections::load(&mut tx, &self.app.keyring, &connector).await;
        tx.commit().await?;
        let settings = match settings {
            Ok(settings) => settings.unwrap_or_default(),
            Err(problem) => {
                problem.log();
                let seen = format!("{slug}: the settings of {connector} cannot be opened");
                let advice = format!("put the key file back (HANDOFF_KEYS), or: {set_again}");
                return Ok(bad("connection", seen, advice));
            }
        };
        if connector == "invoice_system" && settings.get("webhook_secret").is_none() {
            let seen =
                format!("{slug}: {connector} has no webhook_secret, so no webhook is accepted");
            return Ok(bad("connection", seen, set_again));
        }
        let address = field(&settings, "base_url");
        let found = self.app.outside.check_connection(caller.tenant, &connector, settings).await;
        Ok(match found {
            Ok(detail) => good("connection", format!("{slug}: {connector} works ({detail})")),
            Err(detail) if detail.contains(EGRESS_REFUSED) => {
                let seen = format!("{slug}: {connector} was not tried ({detail})");
                bad("connection", seen, egress_advice(&address, self.is_attached))
            }
            Err(detail) => {
                let seen = format!("{slug}: {connector} does not work ({detail})");
                let advice = format!(
                    "see that the other side is up; if its settings are wrong: {set_again}"
                );
                bad("connection", seen, advice)
            }
        })
    }
}

/// Faulted runs; those of long ago are mentioned, but nothing has to be done.
fn runs(slug: &str, faulted: &Value, now: Timestamp) -> Option<Finding> {
    let runs = items(faulted);
    let newest = runs.first()?;
    let ended = |run: &Value| field(run, "ended_at").parse::<Timestamp>().ok();
    let is_recent = |run: &&Value| ended(run).is_none_or(|ended| now - RECENT <= ended);
    let recent = runs.iter().filter(is_recent).count();
    if recent == 0 {
        return Some(good("runs", format!("{slug}: {} faulted, none of them lately", runs.len())));
    }
    let id = field(newest, "run_id");
    let seen = format!("{slug}: {recent} faulted within a week, the newest is {id}");
    let advice = format!("handoff run show {id}; mend the cause, then: handoff run retry {id}");
    Some(bad("runs", seen, advice))
}

fn alerts(slug: &str, open: &Value) -> Option<Finding> {
    let alerts = items(open);
    let first = alerts.first()?;
    let titles: Vec<String> = alerts.iter().take(NAMED_MAX).map(|it| field(it, "title")).collect();
    let more = if NAMED_MAX < alerts.len() { ", …" } else { "" };
    let seen = format!("{slug}: {} critical and open: {}{more}", alerts.len(), titles.join(", "));
    let id = field(first, "alert_id");
    let advice = format!(
        "handoff alert list --severity critical; when dealt with: handoff alert resolve {id}"
    );
    Some(bad("alerts", seen, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_faults_and_critical_alerts_are_something_to_do() {
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        let run = |ended: &str| json!({ "items": [{ "run_id": "run_1", "ended_at": ended }] });
        assert!(!runs("acme", &run("2026-11-20T09:00:00Z"), now).unwrap().ok);
        assert!(runs("acme", &run("2026-10-01T09:00:00Z"), now).unwrap().ok);
        assert!(runs("acme", &json!({ "items": [] }), now).is_none());
        let alert = json!({ "items": [{ "alert_id": "alert_1", "title": "Look" }] });
        let found = alerts("acme", &alert).unwrap();
        assert!(!found.ok && found.advice.unwrap().contains("alert resolve alert_1"));
    }
}
