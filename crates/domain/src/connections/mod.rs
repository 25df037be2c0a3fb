//! Connections: a tenant's settings for each outside system, sealed, never shown again.

mod check;
mod connectors;
mod list;
mod sealed;
mod set;
mod statistics;

use std::str::FromStr;

use futures::future::BoxFuture;
use kernel::{ConnectionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{TenantTx, seal::Keyring};
use uuid::Uuid;

pub use sealed::{load, rewrap, try_keys};
pub(crate) use set::set;

use crate::{App, ConnectorInfo, Operation, Problem};

/// What must follow when a connection is set, written in the transaction that sets it.
pub trait Watcher: Send + Sync {
    /// The settings are valid against the connector's schema, and hold secrets.
    fn connection_set<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        keyring: &'a Keyring,
        connector: &'a str,
        settings: &'a Value,
    ) -> BoxFuture<'a, Result<(), Problem>>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Not tried since the settings were set.
    Unchecked,
    Working,
    Failing,
}

impl ConnectionStatus {
    pub const ALL: [Self; 3] = [Self::Unchecked, Self::Working, Self::Failing];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Working => "working",
            Self::Failing => "failing",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status of a connection")]
pub struct UnknownStatus;

impl FromStr for ConnectionStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// A connection without its settings, which hold secrets.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConnectionView {
    pub connection_id: ConnectionId,
    pub connector: String,
    pub status: ConnectionStatus,
    /// What the last check found, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

struct ConnectionRow {
    connection_id: Uuid,
    connector: String,
    status: String,
    status_detail: Option<String>,
    checked_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<ConnectionRow> for ConnectionView {
    type Error = Problem;

    fn try_from(row: ConnectionRow) -> Result<Self, Problem> {
        Ok(Self {
            connection_id: row.connection_id.into(),
            connector: row.connector,
            status: row.status.parse().map_err(Problem::internal)?,
            status_detail: row.status_detail,
            checked_at: row.checked_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The connector of a name, or a problem that lists those there are.
pub(crate) fn connector(app: &App, id: &str) -> Result<ConnectorInfo, Problem> {
    let connectors = app.outside.connectors();
    let known: Vec<String> = connectors.iter().map(|it| format!("`{}`", it.id)).collect();
    connectors.into_iter().find(|connector| connector.id == id).ok_or_else(|| {
        Problem::new(
            "connector-unknown",
            format!("there is no connector `{id}`; there are {}", known.join(", ")),
        )
    })
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        connectors::operation(),
        list::operation(),
        set::operation(),
        check::operation(),
        statistics::operation(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_status_reads_back_as_the_status() {
        for status in ConnectionStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
