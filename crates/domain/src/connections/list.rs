//! `GET /v1/connections`

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use super::{ConnectionRow, ConnectionView};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListConnections {}

#[derive(Debug, Serialize, JsonSchema)]
struct Connections {
    items: Vec<ListedConnection>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedConnection {
    #[serde(flatten)]
    connection: ConnectionView,
    breaker: Breaker,
}

/// Whether calls go out, after failures, refused credentials, or when the other side asked for a pause.
#[derive(Debug, Serialize, JsonSchema)]
struct Breaker {
    state: BreakerState,
    /// When one call is tried again; while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<Timestamp>,
    /// Why it is not closed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How many calls failed in a row.
    consecutive_failures: i32,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BreakerState {
    /// Calls go out.
    Closed,
    /// Calls are put off.
    Open,
    /// The next call, or the one under way, decides.
    HalfOpen,
}

impl Breaker {
    fn new(row: &Row, now: Timestamp) -> Self {
        let state = match row.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        };
        Self {
            next_try_at: row.open_until.filter(|_| state == BreakerState::Open),
            reason: row.reason.clone().filter(|_| state != BreakerState::Closed),
            consecutive_failures: row.consecutive.unwrap_or_default(),
            state,
        }
    }
}

struct Row {
    connection_id: uuid::Uuid,
    connector: String,
    status: String,
    status_detail: Option<String>,
    checked_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    open_until: Option<Timestamp>,
    reason: Option<String>,
    consecutive: Option<i32>,
}

impl ListedConnection {
    fn new(row: Row, now: Timestamp) -> Result<Self, Problem> {
        let breaker = Breaker::new(&row, now);
        let connection = ConnectionRow {
            connection_id: row.connection_id,
            connector: row.connector,
            status: row.status,
            status_detail: row.status_detail,
            checked_at: row.checked_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Ok(Self { connection: connection.try_into()?, breaker })
    }
}

pub(super) fn operation() -> Operation {
    operation!(list_connections(ListConnections) -> Connections, Permission::ReadConnections)
        .get("/v1/connections")
        .tag("connections")
        .says(
            "List connections",
            "Which outside systems are connected, without their settings, what the last check found, and whether calls \
             go out at the moment.",
        )
}

async fn list_connections(
    tx: &mut TenantTx,
    _: &Caller,
    _: ListConnections,
) -> Result<Connections, Problem> {
    // No paging: there is at most one for each connector.
    let rows = sqlx::query_as!(
        Row,
        r#"
        select c.connection_id, c.connector, c.status, c.status_detail, c.checked_at, c.created_at, c.updated_at,
               b.open_until as "open_until?", b.reason as "reason?", b.consecutive as "consecutive?"
        from connections.connection c
        left join engine.breaker b on b.connector = c.connector
        order by c.connector
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let now = tx.now();
    let items =
        rows.into_iter().map(|row| ListedConnection::new(row, now)).collect::<Result<_, _>>()?;
    Ok(Connections { items })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_is_half_open_when_its_time_is_over() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let told = |open_until: Option<Timestamp>| {
            let row = Row {
                connection_id: uuid::Uuid::nil(),
                connector: "slack".to_owned(),
                status: "working".to_owned(),
                status_detail: None,
                checked_at: None,
                created_at: at("2026-01-01T00:00:00Z"),
                updated_at: at("2026-01-01T00:00:00Z"),
                open_until,
                reason: Some("it does not answer".to_owned()),
                consecutive: Some(5),
            };
            Breaker::new(&row, at("2026-11-21T10:00:00Z"))
        };
        let (closed, open) = (told(None), told(Some(at("2026-11-21T10:01:00Z"))));
        assert_eq!((closed.state, closed.reason), (BreakerState::Closed, None));
        assert_eq!(open.state, BreakerState::Open);
        assert!(open.next_try_at.is_some() && open.reason.is_some());
        let due = told(Some(at("2026-11-21T10:00:00Z")));
        assert_eq!((due.state, due.next_try_at), (BreakerState::HalfOpen, None));
    }
}
