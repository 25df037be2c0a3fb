//! Who is told of alerts, how, and how often: the settings, and the decision for one alert.

mod announce;
mod get;
mod update;

use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use super::alerts::Severity;
use crate::{Operation, Problem};

/// How alerts are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AlertSettings {
    /// Whether the channel of the Slack connection is told, where there is one.
    pub slack: bool,
    /// Who gets an e-mail, where there is a connection `email`.
    pub recipients: Vec<String>,
    /// What is less severe is listed, and nobody is told.
    pub min_severity: Severity,
    /// A cause that comes again within this time is not told again.
    pub quiet_minutes: i32,
    /// Whether the end of an alert is told to whom its beginning was.
    pub tell_resolved: bool,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            slack: true,
            recipients: Vec::new(),
            min_severity: Severity::Critical,
            quiet_minutes: 60,
            tell_resolved: true,
        }
    }
}

async fn load(tx: &mut TenantTx) -> Result<AlertSettings, Problem> {
    let row = sqlx::query!(
        r#"
        select slack, recipients, min_severity, quiet_minutes, tell_resolved
        from messaging.alert_settings
        "#
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(AlertSettings::default()) };
    Ok(AlertSettings {
        slack: row.slack,
        recipients: row.recipients,
        min_severity: row.min_severity.parse().map_err(Problem::internal)?,
        quiet_minutes: row.quiet_minutes,
        tell_resolved: row.tell_resolved,
    })
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), update::operation(), announce::operation()]
}
