//! `GET /v1/clients/{client_id}`

use kernel::ClientId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ClientRow, ClientView};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetClient {
    client_id: ClientId,
}

pub(super) fn operation() -> Operation {
    operation!(get_client(GetClient) -> ClientView, Permission::ReadClients)
        .get("/v1/clients/{client_id}")
        .tag("clients")
        .says("Get a client", "Who the client is and where in the pipeline.")
        .about("client_id")
        .example(json!({ "client_id": "client_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_client(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetClient,
) -> Result<ClientView, Problem> {
    sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client where client_id = $1
        "#,
        input.client_id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("client"))?
    .try_into()
}
