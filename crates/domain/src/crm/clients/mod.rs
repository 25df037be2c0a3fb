//! Clients: the people and companies we work for. One e-mail address is one client.

mod get;
mod list;
mod move_client;
mod of_runs;
mod stage;
mod timeline;
mod update;

use kernel::{ClientId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub(super) use move_client::change_stage;
pub(crate) use of_runs::{AboutClient, OfRuns, of_runs};
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
    /// Since when it is in this stage.
    pub stage_since: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub(in crate::crm) struct ClientRow {
    pub(in crate::crm) client_id: Uuid,
    pub(in crate::crm) company_name: String,
    pub(in crate::crm) contact_name: Option<String>,
    pub(in crate::crm) email: String,
    pub(in crate::crm) phone: Option<String>,
    pub(in crate::crm) industry: Option<String>,
    pub(in crate::crm) stage: String,
    pub(in crate::crm) stage_since: Timestamp,
    pub(in crate::crm) created_at: Timestamp,
    pub(in crate::crm) updated_at: Timestamp,
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
            stage_since: row.stage_since,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        list::operation(),
        get::operation(),
        update::operation(),
        move_client::operation(),
        timeline::operation(),
    ]
}
