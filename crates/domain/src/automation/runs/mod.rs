//! A run: one durable execution of a flow.

mod cancel;
mod get;
mod list;
mod move_version;
mod pause;
mod restart;
mod resume;
mod retry;
mod send_event;
mod skip;
mod waits;

use std::sync::Arc;

use engine::{
    Flows,
    runs::{self, RunRow},
};
use kernel::{RunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

use crate::{
    Caller, Operation, Permission, Problem,
    crm::clients::{self, AboutClient, OfRuns},
};

pub(super) fn operations(known: &Arc<Flows>) -> Vec<Operation> {
    vec![
        list::operation(),
        get::operation(),
        pause::operation(),
        resume::operation(),
        cancel::operation(),
        retry::operation(),
        skip::operation(),
        restart::operation(Arc::clone(known)),
        move_version::operation(Arc::clone(known)),
        send_event::operation(),
    ]
}

/// An error of the flow language in a few words: its title, or the last word of its type.
fn error_title(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().filter(|text| !text.is_empty());
    let kind = || text("type")?.rsplit(['/', ':']).next();
    text("title").or_else(kind).unwrap_or("failed").to_owned()
}

async fn found(tx: &mut TenantTx, run: RunId) -> Result<RunRow, Problem> {
    runs::get(tx, run).await?.ok_or_else(|| Problem::not_found("run"))
}

/// Whether a run has ended for good: one that faulted may be retried.
fn is_over(run: &RunRow) -> bool {
    run.ended_at.is_some() && run.status != "faulted"
}

/// A run, without its journal.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunView {
    run_id: RunId,
    flow: String,
    version: String,
    /// The client whom it is about, in lists and where one run is got, for who may read clients.
    #[serde(flatten)]
    about: AboutClient,
    /// `pending`, `running`, `waiting`, `suspended`, `cancelled`, `faulted` or `completed`.
    status: String,
    /// Why it faulted, as the flow language describes errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// The same in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_title: Option<String>,
    /// The type of the event that started it, or who asked for it.
    started_by: String,
    started_at: Timestamp,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// From its start to its end, in milliseconds; absent while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<i64>,
}

impl From<RunRow> for RunView {
    fn from(row: RunRow) -> Self {
        let duration_ms = row.ended_at.map(|end| (end - row.started_at).num_milliseconds());
        Self {
            error_title: row.error.as_ref().map(error_title),
            duration_ms,
            run_id: row.run_id,
            flow: row.flow,
            version: row.version,
            about: AboutClient::default(),
            status: row.status,
            error: row.error,
            started_by: row.started_by,
            started_at: row.started_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
        }
    }
}

/// Runs together with the clients whom they are about.
async fn with_clients(
    tx: &mut TenantTx,
    caller: &Caller,
    rows: Vec<RunRow>,
) -> Result<Vec<RunView>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.run_id.uuid()).collect();
    let known = if caller.may(Permission::ReadClients) {
        clients::of_runs(tx, &ids).await?
    } else {
        OfRuns::new()
    };
    let views = rows.into_iter().map(|row| {
        let about = AboutClient::of(row.run_id, &known);
        RunView { about, ..RunView::from(row) }
    });
    Ok(views.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_without_a_title_is_named_by_its_type() {
        let title = |error: Value| error_title(&error);
        assert_eq!(title(json!({ "title": "taken", "type": "urn:x" })), "taken");
        assert_eq!(
            title(json!({ "type": "https://example.com/errors/away", "title": "" })),
            "away"
        );
        assert_eq!(title(json!({})), "failed");
    }
}
