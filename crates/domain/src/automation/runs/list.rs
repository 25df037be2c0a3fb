//! `GET /v1/runs`

use std::str::FromStr;

use chrono::TimeDelta;
use engine::runs::{self, RunFilter};
use flow::Status;
use kernel::{RunId, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use super::{RunView, with_clients};
use crate::{
    Caller, Cursor, Limit, Operation, Page, Permission, Problem, figures::first_id, operation,
};

/// A run's id is made when it is asked for. It begins later, but hardly by more than this.
const QUEUED_MAX: TimeDelta = TimeDelta::hours(1);

/// One state or several, with commas between.
#[derive(Debug, Default, PartialEq)]
struct Statuses(Vec<Status>);

impl FromStr for Statuses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |word: &str| {
            let found = Status::ALL.into_iter().find(|status| status.as_str() == word);
            found.ok_or_else(|| format!("`{word}` is no status of a run"))
        };
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Statuses {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Status::ALL.map(Status::as_str);
        let (any, listed) = (names.join("|"), names.map(|name| format!("`{name}`")).join(", "));
        json_schema!({
            "type": "string",
            "pattern": format!("^({any})(,({any}))*$"),
            "description": format!("One of {listed}, or several with commas between: `faulted,waiting`."),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRuns {
    /// Only runs of this flow.
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    status: Option<Statuses>,
    /// Only runs that began after this moment.
    #[serde(default)]
    started_after: Option<Timestamp>,
    /// Only runs that began before this moment.
    #[serde(default)]
    started_before: Option<Timestamp>,
    /// Only runs whose id begins like this, such as `run_01jcz5`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    text: Option<String>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_runs(ListRuns) -> Page<RunView>, Permission::ReadRuns)
        .get("/v1/runs")
        .tag("runs")
        .says("List runs", "Newest first, by flow, status, time or the beginning of the id.")
        .example(json!({ "status": "faulted,waiting", "started_after": "2026-11-21T00:00:00Z" }))
}

async fn list_runs(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ListRuns,
) -> Result<Page<RunView>, Problem> {
    let limit = input.limit;
    let Some(filter) = filter(input) else { return Ok(Page::new(Vec::new(), limit, run_id)) };
    let rows = runs::list(tx, &filter).await?;
    let items = with_clients(tx, caller, rows).await?;
    Ok(Page::new(items, limit, run_id))
}

fn run_id(run: &RunView) -> RunId {
    run.run_id
}

/// None where no run can fit.
fn filter(input: ListRuns) -> Option<RunFilter> {
    let (lowest, highest) = RunId::beginning_with(input.text.as_deref().unwrap_or_default())?;
    let after_highest = Uuid::from_u128(highest.uuid().as_u128().saturating_add(1));
    let after = input.started_after.map(|at| first_id(at - QUEUED_MAX));
    let before = input.started_before.map(first_id);
    let cursor = input.cursor.map(Cursor::uuid);
    Some(RunFilter {
        flow: input.flow,
        statuses: input.status.unwrap_or_default().0,
        started_after: input.started_after,
        started_before: input.started_before,
        from: lowest.uuid().max(after.unwrap_or_default()).into(),
        before: [before, cursor].into_iter().flatten().fold(after_highest, Uuid::min).into(),
        limit: input.limit.rows(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: serde_json::Value) -> Option<RunFilter> {
        filter(serde_json::from_value(input).unwrap())
    }

    #[test]
    fn several_statuses_are_read_and_others_are_refused() {
        let statuses = |text: &str| text.parse::<Statuses>();
        assert_eq!(statuses("faulted"), Ok(Statuses(vec![Status::Faulted])));
        let both = Ok(Statuses(vec![Status::Waiting, Status::Faulted]));
        assert_eq!(statuses("waiting,faulted"), both);
        for wrong in ["", "waiting,", "done", "waiting, faulted"] {
            assert!(statuses(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_bound_narrows_the_ids() {
        let everything = read(json!({})).unwrap();
        assert_eq!(everything.from.uuid(), Uuid::nil());
        assert_eq!(everything.before.uuid(), Uuid::max());
        let id = "run_01jcz5k8w1e9ta5bq0h3m7xk2d";
        let one = read(json!({ "text": id })).unwrap();
        assert_eq!(one.from.to_string(), id);
        assert_eq!(one.before.uuid().as_u128(), one.from.uuid().as_u128() + 1);
        let before: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let none = read(json!({ "text": id, "started_before": before })).unwrap();
        assert_eq!(none.before.uuid(), first_id(before));
        assert!(read(json!({ "text": "TechFlow" })).is_none());
    }
}
