//! `GET /v1/today`

use kernel::{ClientId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{Scope, Section, alerts, overdue, review, work};
use crate::{Caller, Operation, Permission, Problem, messaging::alerts::AlertView, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListToday {
    /// Only what is about this client; alerts are about nobody in particular.
    #[serde(default)]
    client_id: Option<ClientId>,
}

/// What waits for a person. A section that the caller may not read is absent.
#[derive(Debug, Serialize, JsonSchema)]
struct Today {
    /// When this was so.
    at: Timestamp,
    /// What runs ask people for: what is due first, then what waits longest. Needs `read:human_tasks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals: Option<Section<work::AskedTask>>,
    /// Deliverables that nobody approved or rejected, what waits longest first. Needs `read:deliverables`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reviews: Option<Section<review::AwaitedReview>>,
    /// Calls of which nobody knows whether they were done, the latest first: look at the other side, then resolve the
    /// alert. Needs `read:runs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unclear_sends: Option<Section<work::UnclearSend>>,
    /// Runs that failed and that nobody retried, skipped on, cancelled or started again; the latest first. Needs
    /// `read:runs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_runs: Option<Section<work::FailedRun>>,
    /// Open alerts, the most severe first. Needs `read:alerts`; absent where one client was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Section<AlertView>>,
    /// Invoices that were not paid and milestones that were not completed by their day, the longest overdue first.
    /// Invoices need `read:invoices`, milestones `read:projects`.
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue: Option<Section<overdue::Overdue>>,
}

pub(super) fn operation() -> Operation {
    operation!(list_today(ListToday) -> Today, Permission::ReadSelf)
        .get("/v1/today")
        .tag("insight")
        .says(
            "List what waits for a person",
            "Open human tasks, deliverables to review, sends with an unclear outcome, failed runs, open alerts, and \
             what is overdue: each section with its count (to 1,000) and its most urgent items (20 at the most, of \
             deliverables 100), which carry the ids that their actions need. A section whose permission the caller \
             lacks is absent.",
        )
        .example(json!({}))
}

async fn list_today(
    tx: &mut TenantTx,
    caller: &Caller,
    input: ListToday,
) -> Result<Today, Problem> {
    let scope = Scope(input.client_id);
    let mut today = Today {
        at: tx.now(),
        approvals: None,
        reviews: None,
        unclear_sends: None,
        failed_runs: None,
        alerts: None,
        overdue: None,
    };
    if caller.may(Permission::ReadHumanTasks) {
        today.approvals = Some(work::asked(tx, caller, scope).await?);
    }
    if caller.may(Permission::ReadDeliverables) {
        today.reviews = Some(review::awaited(tx, caller, scope).await?);
    }
    if caller.may(Permission::ReadRuns) {
        today.unclear_sends = Some(work::unclear(tx, caller, scope).await?);
        today.failed_runs = Some(work::failed(tx, caller, scope).await?);
    }
    if caller.may(Permission::ReadAlerts) && input.client_id.is_none() {
        today.alerts = Some(alerts::open(tx).await?);
    }
    let of = overdue::Kinds {
        invoices: caller.may(Permission::ReadInvoices),
        milestones: caller.may(Permission::ReadProjects),
    };
    if of.invoices || of.milestones {
        today.overdue = Some(overdue::overdue(tx, of, scope).await?);
    }
    Ok(today)
}
