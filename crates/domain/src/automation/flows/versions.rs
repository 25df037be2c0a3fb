//! `GET /v1/flows/{flow}/versions`

use std::sync::Arc;

use engine::{
    Flows,
    versions::{self, VersionRow},
};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::unknown;
use crate::{
    Handler, Operation, Permission,
    operation::{read_input, write_output},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListFlowVersions {
    flow: String,
}

/// A version of a flow.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FlowVersion {
    version: String,
    /// SHA-256 of its source.
    digest: String,
    /// Whether new runs are started from it.
    in_use: bool,
    /// Whether this release, or the operator of this server, brought it.
    shipped: bool,
    /// When it was saved, or first used.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// How many runs on it have not ended.
    open_runs: i64,
}

impl From<VersionRow> for FlowVersion {
    fn from(row: VersionRow) -> Self {
        Self {
            version: row.version,
            digest: row.digest,
            in_use: row.is_in_use,
            shipped: row.is_shipped,
            created_at: row.created_at,
            open_runs: row.open_runs,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct FlowVersionList {
    items: Vec<FlowVersion>,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let handler = Handler::in_transaction(move |tx, _caller, input| {
        let known = Arc::clone(&known);
        Box::pin(async move {
            let ListFlowVersions { flow } = read_input(input)?;
            let found = versions::list(tx, &known, &flow).await?;
            if found.is_empty() {
                return Err(unknown(tx, &known, &flow).await);
            }
            let items = found.into_iter().map(FlowVersion::from).collect();
            write_output(&FlowVersionList { items })
        })
    });
    Operation::new::<ListFlowVersions, FlowVersionList>(
        "list_flow_versions",
        Permission::ReadFlows,
        handler,
    )
    .get("/v1/flows/{flow}/versions")
    .tag("flows")
    .says("List the versions of a flow", "Newest first, with the runs that are still on each.")
    .about("flow")
    .shows_no_client_text()
    .example(json!({ "flow": "client-onboarding" }))
}
