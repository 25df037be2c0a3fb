//! `GET /v1/alert-settings`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::AlertSettings;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetAlertSettings {}

pub(super) fn operation() -> Operation {
    operation!(get_alert_settings(GetAlertSettings) -> AlertSettings, Permission::ReadAlerts)
        .get("/v1/alert-settings")
        .tag("alerts")
        .says("Get the alert settings", "Who is told of alerts, and how.")
        .example(json!({}))
}

async fn get_alert_settings(
    tx: &mut TenantTx,
    _: &Caller,
    _: GetAlertSettings,
) -> Result<AlertSettings, Problem> {
    super::load(tx).await
}
