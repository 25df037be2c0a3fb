//! `POST /v1/alerts/{alert_id}/announcement`

use chrono::TimeDelta;
use kernel::{AlertId, RunId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::AlertSettings;
use crate::{
    Caller, Operation, Permission, Problem,
    messaging::{
        alert_rules,
        alerts::{self, AlertView},
    },
    operation,
};

/// The flows that tell people. What goes wrong in them is listed and told nobody: it would go wrong again.
const TELLING_FLOWS: [&str; 2] = ["alert-notification", "alert-resolution"];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AnnounceAlert {
    alert_id: AlertId,
    /// Whether its end is told, and not its beginning.
    #[serde(default)]
    resolved: bool,
}

/// Whom to tell now, and what.
#[derive(Debug, Serialize, JsonSchema)]
struct Announcement {
    alert_id: AlertId,
    /// Whether Slack is told.
    slack: bool,
    /// Who gets an e-mail; empty for nobody.
    recipients: Vec<String>,
    subject: String,
    text: String,
}

pub(super) fn operation() -> Operation {
    operation!(announce_alert(AnnounceAlert) -> Announcement, Permission::WriteAlerts)
        .post("/v1/alerts/{alert_id}/announcement")
        .tag("alerts")
        .says(
            "Decide whom an alert is told",
            "By the alert settings: what is too mild, was told within the quiet time, or comes from \
             telling people, is told nobody. What is to be told counts as told from then on.",
        )
        .about("alert_id")
        .example(json!({ "alert_id": "alert_01h455vb4pex5vsknk084sn02q" }))
}

async fn announce_alert(
    tx: &mut TenantTx,
    _: &Caller,
    input: AnnounceAlert,
) -> Result<Announcement, Problem> {
    let alert =
        alerts::find(tx, input.alert_id).await?.ok_or_else(|| Problem::not_found("alert"))?;
    let settings = super::load(tx).await?;
    let wanted = settings.min_severity <= alert.severity
        && alert_rules::notifies(tx, &alert.kind).await?
        && !comes_from_telling(tx, &alert).await?
        && if input.resolved {
            settings.tell_resolved && was_told(tx, &alert).await?
        } else {
            claim(tx, &alert, &settings).await?
        };
    let (word, outcome) = if input.resolved {
        ("Resolved", "It is over.".to_owned())
    } else {
        (severity_word(&alert), "Look at it with `handoff alert list`.".to_owned())
    };
    Ok(Announcement {
        alert_id: alert.alert_id,
        slack: wanted && settings.slack,
        recipients: if wanted { settings.recipients } else { Vec::new() },
        subject: one_line(&format!("{word}: {}", alert.title)),
        text: format!(
            "{word}: {}\n\nKind: {}\nSince: {}\nOccurrences: {}\nAlert: {}\n\n{outcome}\n",
            alert.title,
            alert.kind,
            alert.first_at.format("%Y-%m-%d %H:%M:%S UTC"),
            alert.occurrences,
            alert.alert_id,
        ),
    })
}

fn severity_word(alert: &AlertView) -> &'static str {
    match alert.severity {
        alerts::Severity::Critical => "Critical",
        alerts::Severity::Warning => "Warning",
        alerts::Severity::Info => "Info",
    }
}

/// A title may come from a caller; a subject is one line and not endless.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// Whether the alert is about a run of the flows that tell people.
async fn comes_from_telling(tx: &mut TenantTx, alert: &AlertView) -> Result<bool, Problem> {
    let run = alert.detail.get("run_id").and_then(serde_json::Value::as_str);
    let Some(run) = run.and_then(|run| run.parse::<RunId>().ok()) else { return Ok(false) };
    let flow = sqlx::query_scalar!("select flow from engine.run where run_id = $1", run.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(flow.is_some_and(|flow| TELLING_FLOWS.contains(&flow.as_str())))
}

/// Notes that the cause is told now, unless it was within the quiet time.
async fn claim(
    tx: &mut TenantTx,
    alert: &AlertView,
    settings: &AlertSettings,
) -> Result<bool, Problem> {
    let now = tx.now();
    let quiet_since = now - TimeDelta::minutes(i64::from(settings.quiet_minutes));
    let claimed = sqlx::query_scalar!(
        r#"
        insert into messaging.alert_notice as n (cause, alert_id, told_at) values ($1, $2, $3)
        on conflict (tenant_id, cause) do update set alert_id = $2, told_at = $3
        where n.told_at <= $4 and n.alert_id <> $2
        returning 1 as "one!"
        "#,
        alert.cause,
        alert.alert_id.uuid(),
        now,
        quiet_since,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(claimed.is_some())
}

async fn was_told(tx: &mut TenantTx, alert: &AlertView) -> Result<bool, Problem> {
    let told = sqlx::query_scalar!(
        r#"select exists (select from messaging.alert_notice where alert_id = $1) as "told!""#,
        alert.alert_id.uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line("Critical: a\r\nBcc: b"), "Critical: a  Bcc: b");
        assert_eq!(one_line(&"x".repeat(500)).len(), 200);
    }
}
