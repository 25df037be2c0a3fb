//! `GET /v1/alert-rules`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::AlertRule;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAlertRules {}

/// Every rule there is.
#[derive(Debug, Serialize, JsonSchema)]
struct AlertRules {
    items: Vec<AlertRule>,
}

pub(super) fn operation() -> Operation {
    operation!(list_alert_rules(ListAlertRules) -> AlertRules, Permission::ReadAlerts)
        .get("/v1/alert-rules")
        .tag("alerts")
        .says("List alert rules", "What is watched, as it is in force.")
        .example(json!({}))
}

async fn list_alert_rules(
    tx: &mut TenantTx,
    _: &Caller,
    _: ListAlertRules,
) -> Result<AlertRules, Problem> {
    Ok(AlertRules { items: super::load(tx).await? })
}
