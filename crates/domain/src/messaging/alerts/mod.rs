//! Alerts: things a person should know now. One is open for each cause; repeats are counted.

mod list;
mod raise;
mod resolve;

use std::str::FromStr;

use kernel::{AlertId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

pub use raise::{RaiseAlert, RaisedAlert, raise};
pub use resolve::resolve_cause;
pub(super) use resolve::resolve_open;

use crate::{Operation, Problem};

/// From the least to the most urgent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such severity of an alert")]
pub struct UnknownSeverity;

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text).ok_or(UnknownSeverity)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct AlertView {
    pub alert_id: AlertId,
    /// What kind of trouble, such as `webhook.signature`.
    pub kind: String,
    pub severity: Severity,
    /// What makes two alerts the same.
    pub cause: String,
    pub title: String,
    pub detail: Value,
    /// How often it happened since it was first raised.
    pub occurrences: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

pub(crate) struct AlertRow {
    pub(crate) alert_id: Uuid,
    pub(crate) kind: String,
    pub(crate) severity: String,
    pub(crate) cause: String,
    pub(crate) title: String,
    pub(crate) detail: Value,
    pub(crate) occurrences: i64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) resolved_at: Option<Timestamp>,
}

impl TryFrom<AlertRow> for AlertView {
    type Error = Problem;

    fn try_from(row: AlertRow) -> Result<Self, Problem> {
        Ok(Self {
            alert_id: row.alert_id.into(),
            kind: row.kind,
            severity: row.severity.parse().map_err(Problem::internal)?,
            cause: row.cause,
            title: row.title,
            detail: row.detail,
            occurrences: row.occurrences,
            first_at: row.first_at,
            last_at: row.last_at,
            resolved_at: row.resolved_at,
        })
    }
}

/// One alert of the bound tenant.
pub(super) async fn find(tx: &mut TenantTx, id: AlertId) -> Result<Option<AlertView>, Problem> {
    sqlx::query_as!(
        AlertRow,
        r#"
        select alert_id, kind, severity, cause, title, detail, occurrences, first_at, last_at,
               resolved_at
        from messaging.alert where alert_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .map(AlertView::try_from)
    .transpose()
}

pub(super) fn operations() -> Vec<Operation> {
    vec![raise::operation(), list::operation(), resolve::operation()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_severity_reads_back_as_the_severity() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
    }
}
