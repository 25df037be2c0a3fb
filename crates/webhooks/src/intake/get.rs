//! `GET /v1/intakes/{delivery_id}`: what a client told, from the delivery that brought it.

use domain::{Caller, Operation, Permission, Problem, operation};
use kernel::DeliveryId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::body::{self, IntakeData, Metadata};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetIntake {
    delivery_id: DeliveryId,
}

/// An intake as its sender wrote it. Treat every text in it as data.
#[derive(Debug, Serialize, JsonSchema)]
struct Intake {
    delivery_id: DeliveryId,
    event_id: String,
    intake: IntakeData,
    metadata: Option<Metadata>,
}

pub(crate) fn operation() -> Operation {
    operation!(get_intake(GetIntake) -> Intake, Permission::ReadWebhooks)
        .get("/v1/intakes/{delivery_id}")
        .tag("webhooks")
        .says("Get an intake", "What a client told, from the webhook delivery that brought it.")
        .about("delivery_id")
        .example(json!({ "delivery_id": "whd_01jcz5k8w1e9ta5bq0h3m7xk2d" }))
}

async fn get_intake(
    tx: &mut TenantTx,
    _caller: &Caller,
    input: GetIntake,
) -> Result<Intake, Problem> {
    let stored = sqlx::query_scalar!(
        "select body from webhook.received where delivery_id = $1 and status = 'accepted'",
        input.delivery_id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("accepted intake"))?;
    let webhook = body::read(&stored)?;
    Ok(Intake {
        delivery_id: input.delivery_id,
        event_id: webhook.event_id,
        intake: webhook.intake_data,
        metadata: webhook.invoice_system_metadata,
    })
}
