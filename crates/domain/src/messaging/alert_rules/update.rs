//! `PATCH /v1/alert-rules/{rule}`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{AlertRule, RuleName, SLOW_MS_MIN, ThresholdUnit};
use crate::{Caller, Operation, Permission, Problem, messaging::alerts::Severity, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateAlertRule {
    rule: RuleName,
    #[serde(default)]
    enabled: Option<bool>,
    /// In the rule's own unit.
    #[serde(default)]
    #[schemars(range(min = 0, max = 86_400_000))]
    threshold: Option<i64>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_440))]
    window_minutes: Option<i32>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    minimum_samples: Option<i32>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default)]
    notify: Option<bool>,
}

pub(super) fn operation() -> Operation {
    operation!(update_alert_rule(UpdateAlertRule) -> AlertRule, Permission::WriteAlerts)
        .patch("/v1/alert-rules/{rule}")
        .tag("alerts")
        .says(
            "Change an alert rule",
            "Fields that are left out stay as they are. A rule that is disabled raises nothing and \
             resolves what it raised.",
        )
        .about("rule")
        .example(json!({ "rule": "slow_responses", "threshold": 8000, "severity": "critical" }))
}

async fn update_alert_rule(
    tx: &mut TenantTx,
    _: &Caller,
    input: UpdateAlertRule,
) -> Result<AlertRule, Problem> {
    let rules = super::load(tx).await?;
    let Some(old) = rules.into_iter().find(|rule| rule.rule == input.rule) else {
        return Err(Problem::not_found("alert rule"));
    };
    let new = AlertRule {
        enabled: input.enabled.unwrap_or(old.enabled),
        threshold: input.threshold.unwrap_or(old.threshold),
        window_minutes: input.window_minutes.unwrap_or(old.window_minutes),
        minimum_samples: input.minimum_samples.unwrap_or(old.minimum_samples),
        severity: input.severity.unwrap_or(old.severity),
        notify: input.notify.unwrap_or(old.notify),
        is_default: false,
        ..old
    };
    require_sensible(&new)?;
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into messaging.alert_rule
            (rule, enabled, threshold, window_minutes, minimum_samples, severity, notify, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, rule) do update set
            enabled = excluded.enabled, threshold = excluded.threshold,
            window_minutes = excluded.window_minutes, minimum_samples = excluded.minimum_samples,
            severity = excluded.severity, notify = excluded.notify, updated_at = excluded.updated_at
        "#,
        new.rule.as_str(),
        new.enabled,
        new.threshold,
        new.window_minutes,
        new.minimum_samples,
        new.severity.as_str(),
        new.notify,
        now,
    )
    .execute(tx.conn())
    .await?;
    let facts = json!({
        "rule": new.rule, "enabled": new.enabled, "threshold": new.threshold,
        "window_minutes": new.window_minutes, "severity": new.severity,
    });
    let subject = Some(new.rule.as_str().to_owned());
    tx.append("messaging", "alert_rule.changed", subject, facts).await?;
    Ok(new)
}

fn require_sensible(rule: &AlertRule) -> Result<(), Problem> {
    let (holds, sentence) = match rule.unit {
        ThresholdUnit::Percent => {
            ((0..=99).contains(&rule.threshold), "must be a percentage from 0 to 99".to_owned())
        }
        ThresholdUnit::Milliseconds => {
            (SLOW_MS_MIN <= rule.threshold, format!("must be {SLOW_MS_MIN} milliseconds or more"))
        }
        ThresholdUnit::Count => (1 <= rule.threshold, "must be 1 or more".to_owned()),
    };
    if holds { Ok(()) } else { Err(Problem::field("/threshold", sentence)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_must_mean_something_in_its_unit() {
        let with = |rule: RuleName, threshold| {
            require_sensible(&AlertRule { threshold, ..rule.default_rule() })
        };
        assert!(with(RuleName::WebhookDeliveryFailures, 0).is_ok());
        for (rule, threshold) in [
            (RuleName::WebhookDeliveryFailures, 100),
            (RuleName::SlowResponses, 999),
            (RuleName::SignatureFailures, 0),
            (RuleName::LeadCreationFailures, 0),
        ] {
            let refused = with(rule, threshold).unwrap_err();
            assert_eq!(refused.errors()[0].pointer, "/threshold");
        }
    }
}
