//! Tenants: the companies that share one installation and never see each other.

mod create;
mod get;
mod registry;
mod second_factor;
mod update;

use kernel::{TenantId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use create::{NewTenant, create_tenant};
pub use registry::{find_tenant, list_tenants};
pub use second_factor::SecondFactorFor;

use crate::{Operation, Problem};

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
    /// Whom it lets in with a second factor only.
    pub second_factor_for: SecondFactorFor,
    pub created_at: Timestamp,
}

struct TenantRow {
    tenant_id: Uuid,
    name: String,
    slug: String,
    home_currency: String,
    time_zone: String,
    second_factor_for: String,
    created_at: Timestamp,
}

impl TryFrom<TenantRow> for TenantView {
    type Error = Problem;

    fn try_from(row: TenantRow) -> Result<Self, Problem> {
        Ok(Self {
            tenant_id: row.tenant_id.into(),
            name: row.name,
            slug: row.slug,
            home_currency: row.home_currency,
            time_zone: row.time_zone,
            second_factor_for: row.second_factor_for.parse()?,
            created_at: row.created_at,
        })
    }
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), update::operation(), second_factor::operation()]
}
