//! `GET /v1/retention`

use engine::retention;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::Retention;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetRetention {}

pub(super) fn operation() -> Operation {
    operation!(get_retention(GetRetention) -> Retention, Permission::ReadTenant)
        .get("/v1/retention")
        .tag("tenant")
        .says("Get the retention", "How long runs of flows are kept after their end.")
        .shows_no_client_text()
        .example(json!({}))
}

async fn get_retention(
    tx: &mut TenantTx,
    _: &Caller,
    _: GetRetention,
) -> Result<Retention, Problem> {
    Ok(Retention { run_days: retention::run_days(tx).await? })
}
