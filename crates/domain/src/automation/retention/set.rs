//! `PUT /v1/retention`

use engine::retention;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::Retention;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetRetention {
    /// For how many days after its end a run is kept; null is for ever.
    // Without the attribute a field that was forgotten would mean "for ever".
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(range(min = 1, max = 36_500))]
    run_days: Option<i32>,
}

pub(super) fn operation() -> Operation {
    operation!(set_retention(SetRetention) -> Retention, Permission::WriteTenant)
        .put("/v1/retention")
        .tag("tenant")
        .says(
            "Set the retention",
            "Runs of flows that ended longer ago are removed within an hour, with their journals and what they asked \
             people for; they cannot be brought back. Events, clients and what the runs did stay. A run that has not \
             ended is never removed.",
        )
        .shows_no_client_text()
        .example(json!({ "run_days": 365 }))
}

async fn set_retention(
    tx: &mut TenantTx,
    _: &Caller,
    input: SetRetention,
) -> Result<Retention, Problem> {
    retention::set_run_days(tx, input.run_days).await?;
    let facts = json!({ "run_days": input.run_days });
    tx.append("automation", "retention.changed", None, facts).await?;
    Ok(Retention { run_days: input.run_days })
}
