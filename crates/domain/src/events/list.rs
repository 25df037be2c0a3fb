//! `GET /v1/events`

use kernel::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Limit, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListEvents {
    /// The position after which to begin; from the first event when left out.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: Option<i64>,
    /// Only types that begin with this, such as `lead.`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    r#type: Option<String>,
    #[serde(default)]
    limit: Option<Limit>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PositionedEvent {
    position: i64,
    event: Event,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Events {
    items: Vec<PositionedEvent>,
    /// The `after` of the next request, whether or not there is more already.
    next_after: i64,
}

pub(super) fn operation() -> Operation {
    operation!(list_events(ListEvents) -> Events, Permission::ReadEvents)
        .get("/v1/events")
        .tag("events")
        .says(
            "List events",
            "Oldest first, in the one order that all readers see. Ask again with `next_after` to \
             follow what happens: no event is skipped.",
        )
        .example(json!({ "after": 0, "type": "lead." }))
}

async fn list_events(tx: &mut TenantTx, _: &Caller, input: ListEvents) -> Result<Events, Problem> {
    let after = input.after.unwrap_or(0);
    let rows = i64::try_from(input.limit.unwrap_or_default().items()).unwrap_or(1);
    let read = store::events::read(tx, after, input.r#type.as_deref(), rows).await?;
    let items: Vec<PositionedEvent> = read
        .into_iter()
        .map(|placed| PositionedEvent { position: placed.position, event: placed.event })
        .collect();
    let next_after = items.last().map_or(after, |last| last.position);
    Ok(Events { items, next_after })
}
