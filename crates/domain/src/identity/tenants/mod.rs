//! Tenants: the companies that share one installation and never see each other.

mod create;
mod get;
mod registry;
mod update;

use kernel::{TenantId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use create::{NewTenant, create_tenant};
pub use registry::{find_tenant, list_tenants};

use crate::Operation;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TenantView {
    pub tenant_id: TenantId,
    pub name: String,
    /// The name in addresses and on the command line.
    pub slug: String,
    /// ISO 4217.
    pub home_currency: String,
    /// A name of the IANA time zone database.
    pub time_zone: String,
    pub created_at: Timestamp,
}

struct TenantRow {
    tenant_id: Uuid,
    name: String,
    slug: String,
    home_currency: String,
    time_zone: String,
    created_at: Timestamp,
}

impl From<TenantRow> for TenantView {
    fn from(row: TenantRow) -> Self {
        let TenantRow { tenant_id, name, slug, home_currency, time_zone, created_at } = row;
        Self { tenant_id: tenant_id.into(), name, slug, home_currency, time_zone, created_at }
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), update::operation()]
}
