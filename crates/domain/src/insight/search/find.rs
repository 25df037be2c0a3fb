//! `GET /v1/search`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{FOUND_MAX, Found, by_id, by_text};
use crate::{Caller, Operation, Permission, Problem, operation, text::Line};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Part of a name or an e-mail address, an invoice's number, a flow, how an event's type begins, the id of another
    /// system, or how an id begins.
    text: Line<200>,
}

/// What was found, the kinds one after the other, and of each kind the best first.
#[derive(Debug, Serialize, JsonSchema)]
struct SearchResult {
    items: Vec<Found>,
}

pub(super) fn operation() -> Operation {
    operation!(search(Search) -> SearchResult, Permission::ReadSelf)
        .get("/v1/search")
        .tag("insight")
        .says(
            "Search everything",
            "Finds clients by name and e-mail address; their leads, projects and invoices, also by number; runs by \
             flow; events by type (of runs and events the latest thousand are looked through); and by the beginning of \
             its id (`run_01jc`) anything of these, deliverables, human tasks, alerts and webhooks. Five of each kind \
             and 20 in all, and only what the caller may read.",
        )
        .example(json!({ "text": "techflow" }))
}

async fn search(
    tx: &mut TenantTx,
    caller: &Caller,
    input: Search,
) -> Result<SearchResult, Problem> {
    let text = input.text.as_str();
    let mut items = match by_id::Range::of(text) {
        Some(range) => by_id::find(tx, caller, &range).await?,
        None => by_text::find(tx, caller, text).await?,
    };
    items.truncate(FOUND_MAX);
    Ok(SearchResult { items })
}
