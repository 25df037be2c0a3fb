//! Today: what waits for a person, from everywhere at once.

mod alerts;
mod list;
mod overdue;
mod work;

use kernel::{ClientId, RunId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}

/// How many items a section shows.
const ITEMS_MAX: i64 = 20;
/// How far a section counts.
const COUNT_MAX: i64 = 1_000;

/// One kind of what waits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Section")]
struct Section<T> {
    /// How many there are; it counts to 1,000 and no further.
    count: i64,
    /// The most urgent ones, 20 at the most.
    items: Vec<T>,
}

/// Whom a run is about, where that is known.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<String>,
}

impl About {
    fn of(run: RunId, known: &crate::crm::clients::OfRuns) -> Self {
        known.get(&run.uuid()).map_or_else(Self::default, |client| Self {
            client_id: Some(client.client_id),
            company_name: Some(client.company_name.clone()),
        })
    }
}
