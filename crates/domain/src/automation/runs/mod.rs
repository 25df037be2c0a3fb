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

use crate::{Operation, Problem};

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
    /// `pending`, `running`, `waiting`, `suspended`, `cancelled`, `faulted` or `completed`.
    status: String,
    /// Why it faulted, as the flow language describes errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    /// The type of the event that started it, or who asked for it.
    started_by: String,
    started_at: Timestamp,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

impl From<RunRow> for RunView {
    fn from(row: RunRow) -> Self {
        Self {
            run_id: row.run_id,
            flow: row.flow,
            version: row.version,
            status: row.status,
            error: row.error,
            started_by: row.started_by,
            started_at: row.started_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
        }
    }
}
