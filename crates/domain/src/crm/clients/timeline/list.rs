//! `GET /v1/clients/{client_id}/timeline`

use std::str::FromStr;

use kernel::ClientId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::json;
use store::TenantTx;

use super::{
    entry::{Part, TimelineEntry, TimelineKind},
    of_events, of_runs, things,
};
use crate::{Caller, Limit, Operation, Permission, Place, PlacedPage, Problem, operation};

/// One kind or several, with commas between.
#[derive(Debug, PartialEq)]
struct Kinds(Vec<TimelineKind>);

impl FromStr for Kinds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |word: &str| {
            let found = TimelineKind::ALL.into_iter().find(|kind| kind.as_str() == word);
            found.ok_or_else(|| format!("`{word}` is no kind of entry"))
        };
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Kinds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimelineKinds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = TimelineKind::ALL.map(TimelineKind::as_str);
        let (any, listed) = (names.join("|"), names.map(|name| format!("`{name}`")).join(", "));
        json_schema!({
            "type": "string",
            "pattern": format!("^({any})(,({any}))*$"),
            "description":
                format!("One of {listed}, or several with commas between: `event,call`. All when left out."),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListClientTimeline {
    client_id: ClientId,
    #[serde(default)]
    kinds: Option<Kinds>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Place>,
}

pub(in crate::crm::clients) fn operation() -> Operation {
    operation!(list_client_timeline(ListClientTimeline) -> PlacedPage<TimelineEntry>, Permission::ReadClients)
        .get("/v1/clients/{client_id}/timeline")
        .tag("clients")
        .says(
            "List what happened to a client",
            "Newest first, from everywhere: events of the client and of its leads, projects, deliverables, proposals \
             and invoices; the webhooks that started its runs and those that told others; its runs with each call, \
             and what they asked people for. A run is the client's when its event or its operations name the client, \
             or a lead, project or invoice of it. Kinds that the caller may not read are left out.",
        )
        .about("client_id")
        .example(json!({ "client_id": "client_01h455vb4pex5vsknk084sn02q", "kinds": "event,call" }))
}

async fn list_client_timeline(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ListClientTimeline,
) -> Result<PlacedPage<TimelineEntry>, Problem> {
    let client = input.client_id;
    sqlx::query_scalar!("select client_id from crm.client where client_id = $1", client.uuid())
        .fetch_optional(tx.conn())
        .await?
        .ok_or_else(|| Problem::not_found("client"))?;
    let limit = input.limit.unwrap_or_default();
    let mut kinds = input.kinds.map_or_else(|| TimelineKind::ALL.to_vec(), |kinds| kinds.0);
    kinds.retain(|kind| caller.may(kind.permission()));
    let (before, key) = match &input.cursor {
        Some(place) => place.time().ok_or_else(Place::foreign)?,
        // After everything that was written by now, also by a node whose clock is ahead.
        None => (tx.now() + chrono::TimeDelta::days(1), ""),
    };
    let part = Part { before, key: key.to_owned(), rows: limit.rows(), kinds };
    let things = things::read(tx, client).await?;
    let runs = of_runs::runs(tx, &things, &part).await?;
    let mut items = of_events::events(tx, &things, &part).await?;
    items.extend(of_events::messages(tx, &things, &part).await?);
    if !runs.is_empty() {
        items.extend(of_runs::lifecycle(tx, &runs, &part).await?);
        items.extend(of_runs::calls(tx, &runs, &part).await?);
        items.extend(of_runs::human_tasks(tx, &runs, &part).await?);
    }
    items.sort_by(TimelineEntry::order);
    Ok(PlacedPage::new(items, limit, TimelineEntry::place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_with_commas_between() {
        assert_eq!("call".parse(), Ok(Kinds(vec![TimelineKind::Call])));
        assert_eq!(
            "event,run_ended".parse(),
            Ok(Kinds(vec![TimelineKind::Event, TimelineKind::RunEnded]))
        );
        for wrong in ["", "calls", "event,", "event, call"] {
            assert!(wrong.parse::<Kinds>().is_err(), "{wrong}");
        }
    }
}
