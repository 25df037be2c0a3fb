//! Alert rules: what is watched by itself, from when on it is an alert, and whether people are told.
//!
//! A rule raises one alert for each cause, counts while it goes on, and resolves it when it is over.

mod condition;
mod evaluate;
mod list;
mod update;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

pub use evaluate::{evaluate, evaluate_tenant, raise_signature_failure};

use super::alerts::Severity;
use crate::{Operation, Problem};

/// The longest window of a rule.
pub const WINDOW_MINUTES_MAX: i32 = 1_440;
/// The lowest threshold of a time, so that only what took long needs to be looked at.
pub const SLOW_MS_MIN: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// Too many deliveries of our webhooks fail.
    WebhookDeliveryFailures,
    /// An outside system, or our own API, answers slowly.
    SlowResponses,
    /// Somebody sends webhooks with a wrong signature.
    SignatureFailures,
    /// A lead could not be created.
    LeadCreationFailures,
}

impl RuleName {
    pub const ALL: [Self; 4] = [
        Self::WebhookDeliveryFailures,
        Self::SlowResponses,
        Self::SignatureFailures,
        Self::LeadCreationFailures,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebhookDeliveryFailures => "webhook_delivery_failures",
            Self::SlowResponses => "slow_responses",
            Self::SignatureFailures => "signature_failures",
            Self::LeadCreationFailures => "lead_creation_failures",
        }
    }

    /// The kind of the alerts it raises.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::WebhookDeliveryFailures => "webhook.delivery_failing",
            Self::SlowResponses => "response.slow",
            Self::SignatureFailures => "webhook.signature_invalid",
            Self::LeadCreationFailures => "lead.creation_failed",
        }
    }

    fn unit(self) -> ThresholdUnit {
        match self {
            Self::WebhookDeliveryFailures => ThresholdUnit::Percent,
            Self::SlowResponses => ThresholdUnit::Milliseconds,
            Self::SignatureFailures | Self::LeadCreationFailures => ThresholdUnit::Count,
        }
    }

    /// The rule as it is until a tenant changes it.
    pub(super) fn default_rule(self) -> AlertRule {
        let (threshold, window_minutes, minimum_samples, severity) = match self {
            Self::WebhookDeliveryFailures => (5, 60, 5, Severity::Critical),
            Self::SlowResponses => (5_000, 15, 1, Severity::Warning),
            Self::SignatureFailures | Self::LeadCreationFailures => (1, 60, 1, Severity::Critical),
        };
        AlertRule {
            rule: self,
            enabled: true,
            threshold,
            unit: self.unit(),
            window_minutes,
            minimum_samples,
            severity,
            notify: true,
            is_default: true,
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such alert rule")]
pub struct UnknownRule;

impl FromStr for RuleName {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or(UnknownRule)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdUnit {
    /// More than this share fails.
    Percent,
    /// The 95th percentile is longer than this.
    Milliseconds,
    /// It happened this often or more.
    Count,
}

/// A rule as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AlertRule {
    pub rule: RuleName,
    pub enabled: bool,
    pub threshold: i64,
    pub unit: ThresholdUnit,
    /// How far back it looks.
    pub window_minutes: i32,
    /// Fewer than this are too few to judge.
    pub minimum_samples: i32,
    pub severity: Severity,
    /// Whether people are told, as the alert settings say.
    pub notify: bool,
    /// Whether nobody changed it.
    pub is_default: bool,
}

/// All rules of the bound tenant.
pub(super) async fn load(tx: &mut TenantTx) -> Result<Vec<AlertRule>, Problem> {
    let rows = sqlx::query!(
        r#"
        select rule, enabled, threshold, window_minutes, minimum_samples, severity, notify
        from messaging.alert_rule
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rules = RuleName::ALL.map(RuleName::default_rule).to_vec();
    for row in rows {
        let name: RuleName = row.rule.parse().map_err(Problem::internal)?;
        if let Some(rule) = rules.iter_mut().find(|rule| rule.rule == name) {
            *rule = AlertRule {
                rule: name,
                enabled: row.enabled,
                threshold: row.threshold,
                unit: name.unit(),
                window_minutes: row.window_minutes,
                minimum_samples: row.minimum_samples,
                severity: row.severity.parse().map_err(Problem::internal)?,
                notify: row.notify,
                is_default: false,
            };
        }
    }
    Ok(rules)
}

/// Whether people want to hear of alerts of this kind; a kind that no rule raises is told.
pub(super) async fn notifies(tx: &mut TenantTx, kind: &str) -> Result<bool, Problem> {
    let Some(rule) = RuleName::ALL.into_iter().find(|rule| rule.kind() == kind) else {
        return Ok(true);
    };
    Ok(load(tx).await?.iter().any(|it| it.rule == rule && it.notify))
}

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), update::operation()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_rule_reads_back_as_the_rule() {
        for rule in RuleName::ALL {
            assert_eq!(rule.as_str().parse(), Ok(rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let rule = RuleName::default_rule;
        let delivery = rule(RuleName::WebhookDeliveryFailures);
        assert_eq!((delivery.threshold, delivery.window_minutes), (5, 60));
        assert_eq!(rule(RuleName::SlowResponses).threshold, 5_000);
        for name in [RuleName::SignatureFailures, RuleName::LeadCreationFailures] {
            assert_eq!((rule(name).threshold, rule(name).severity), (1, Severity::Critical));
        }
    }
}
