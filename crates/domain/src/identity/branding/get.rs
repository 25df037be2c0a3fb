//! `GET /v1/branding`

use schemars::JsonSchema;
use serde::Deserialize;
use store::TenantTx;

use super::BrandingView;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetBranding {}

pub(super) fn operation() -> Operation {
    operation!(get_branding(GetBranding) -> BrandingView, Permission::ReadTenant)
        .get("/v1/branding")
        .tag("branding")
        .says("Get the branding", "How the tenant looks on the documents that it sends.")
}

async fn get_branding(
    tx: &mut TenantTx,
    _: &Caller,
    _: GetBranding,
) -> Result<BrandingView, Problem> {
    let (branding, updated_at) = super::load_with_time(tx).await?;
    Ok(super::view(branding, updated_at))
}
