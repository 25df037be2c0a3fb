//! `PATCH /v1/alert-settings`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::AlertSettings;
use crate::{
    Caller, Operation, Permission, Problem, messaging::alerts::Severity, operation,
    text::EmailAddress,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateAlertSettings {
    #[serde(default)]
    slack: Option<bool>,
    /// Replaces the list; an empty one tells nobody by e-mail.
    #[serde(default)]
    #[schemars(length(max = 20))]
    recipients: Option<Vec<EmailAddress>>,
    #[serde(default)]
    min_severity: Option<Severity>,
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_080))]
    quiet_minutes: Option<i32>,
    #[serde(default)]
    tell_resolved: Option<bool>,
}

pub(super) fn operation() -> Operation {
    operation!(update_alert_settings(UpdateAlertSettings) -> AlertSettings, Permission::WriteAlerts)
        .patch("/v1/alert-settings")
        .tag("alerts")
        .says("Change the alert settings", "Fields that are left out stay as they are.")
        .example(json!({ "recipients": ["ops@agency.example"], "min_severity": "warning" }))
}

async fn update_alert_settings(
    tx: &mut TenantTx,
    _: &Caller,
    input: UpdateAlertSettings,
) -> Result<AlertSettings, Problem> {
    let old = super::load(tx).await?;
    let given = input.recipients.map(|all| {
        let mut all: Vec<String> = all.iter().map(|one| one.as_str().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    });
    let new = AlertSettings {
        slack: input.slack.unwrap_or(old.slack),
        recipients: given.unwrap_or(old.recipients),
        min_severity: input.min_severity.unwrap_or(old.min_severity),
        quiet_minutes: input.quiet_minutes.unwrap_or(old.quiet_minutes),
        tell_resolved: input.tell_resolved.unwrap_or(old.tell_resolved),
    };
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into messaging.alert_settings
            (slack, recipients, min_severity, quiet_minutes, tell_resolved, updated_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id) do update set
            slack = excluded.slack, recipients = excluded.recipients,
            min_severity = excluded.min_severity, quiet_minutes = excluded.quiet_minutes,
            tell_resolved = excluded.tell_resolved, updated_at = excluded.updated_at
        "#,
        new.slack,
        &new.recipients,
        new.min_severity.as_str(),
        new.quiet_minutes,
        new.tell_resolved,
        now,
    )
    .execute(tx.conn())
    .await?;
    // The event holds no addresses: only how many.
    let facts = json!({
        "slack": new.slack, "recipients": new.recipients.len(), "min_severity": new.min_severity,
    });
    tx.append("messaging", "alert_settings.changed", None, facts).await?;
    Ok(new)
}
