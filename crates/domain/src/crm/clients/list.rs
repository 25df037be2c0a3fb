//! `GET /v1/clients`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ClientRow, ClientView, Stage};
use crate::{Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListClients {
    #[serde(default)]
    stage: Option<Stage>,
    /// Part of the company's or contact's name or of the e-mail address, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_clients(ListClients) -> Page<ClientView>, Permission::ReadClients)
        .get("/v1/clients")
        .tag("clients")
        .says("List clients", "Newest first.")
        .example(json!({ "stage": "assessed", "limit": 20 }))
}

async fn list_clients(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListClients,
) -> Result<Page<ClientView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client
        where ($1::text is null or stage = $1)
          and ($2::text is null
               or 0 < strpos(lower(concat_ws(' ', company_name, contact_name, email)), lower($2)))
          and ($3::uuid is null or client_id < $3)
        order by client_id desc
        limit $4
        "#,
        input.stage.map(Stage::as_str),
        input.text,
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let clients = rows.into_iter().map(ClientView::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(clients, limit, |client: &ClientView| client.client_id))
}
