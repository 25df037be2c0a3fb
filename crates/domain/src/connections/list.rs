//! `GET /v1/connections`

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
    items: Vec<ConnectionView>,
}

pub(super) fn operation() -> Operation {
    operation!(list_connections(ListConnections) -> Connections, Permission::ReadConnections)
        .get("/v1/connections")
        .tag("connections")
        .says("List connections", "Which outside systems are connected, without their settings.")
}

async fn list_connections(
    tx: &mut TenantTx,
    _: &Caller,
    _: ListConnections,
) -> Result<Connections, Problem> {
    // No paging: there is at most one for each connector.
    let rows = sqlx::query_as!(
        ConnectionRow,
        r#"
        select connection_id, connector, status, status_detail, checked_at, created_at, updated_at
        from connections.connection order by connector
        "#
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows.into_iter().map(ConnectionView::try_from).collect::<Result<_, _>>()?;
    Ok(Connections { items })
}
