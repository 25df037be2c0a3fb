//! Today: what waits for a person, from everywhere at once.

mod alerts;
mod list;
mod overdue;
mod review;
mod work;

use kernel::ClientId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Operation, crm::clients::AboutClient};

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}

/// How many items a section shows.
const ITEMS_MAX: i64 = 20;
/// How many texts to review it shows: there is no other list of them all.
const REVIEWS_MAX: i64 = 100;
/// How far a section counts.
const COUNT_MAX: i64 = 1_000;

/// Whose things are listed: everybody's, or one client's.
#[derive(Debug, Clone, Copy)]
struct Scope(Option<ClientId>);

impl Scope {
    /// How many rows are read to find the items. Whom a run is about is known only afterwards.
    fn rows(self) -> i64 {
        if self.0.is_some() { COUNT_MAX } else { ITEMS_MAX }
    }

    /// Of all that were read, and `count` that there are, those that are meant.
    fn section<T>(
        self,
        count: i64,
        mut items: Vec<T>,
        about: impl Fn(&T) -> &AboutClient,
    ) -> Section<T> {
        let Some(client) = self.0 else { return Section { count, items } };
        items.retain(|item| about(item).is(client));
        let count = i64::try_from(items.len()).unwrap_or(COUNT_MAX);
        items.truncate(usize::try_from(ITEMS_MAX).unwrap_or_default());
        Section { count, items }
    }
}

/// One kind of what waits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Section")]
struct Section<T> {
    /// How many there are; it counts to 1,000 and no further.
    count: i64,
    /// The most urgent ones, 20 at the most; of texts to review 100.
    items: Vec<T>,
}
