//! Clients: the people and companies we work for. One e-mail address is one client.

mod get;
mod list;
mod move_client;
mod stage;

use kernel::{ClientId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub(super) use move_client::change_stage;
pub use stage::Stage;

use crate::{Operation, Problem};

#[derive(Debug, Serialize, JsonSchema)]
pub struct ClientView {
    pub client_id: ClientId,
    pub company_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    pub email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    pub stage: Stage,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

struct ClientRow {
    client_id: Uuid,
    company_name: String,
    contact_name: Option<String>,
    email: String,
    phone: Option<String>,
    industry: Option<String>,
    stage: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<ClientRow> for ClientView {
    type Error = Problem;

    fn try_from(row: ClientRow) -> Result<Self, Problem> {
        Ok(Self {
            client_id: row.client_id.into(),
            company_name: row.company_name,
            contact_name: row.contact_name,
            email: row.email,
            phone: row.phone,
            industry: row.industry,
            stage: row.stage.parse().map_err(Problem::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), get::operation(), move_client::operation()]
}
