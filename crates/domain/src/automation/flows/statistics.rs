//! `GET /v1/flow-statistics`

use engine::tally::{Tally, tally};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{
    Caller, Operation, Permission, Problem,
    figures::{Percentiles, Span, Window, millis, share},
    operation,
};

/// How many runs are counted at the most, the newest first.
const COUNTED_MAX: i64 = 100_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListFlowStatistics {
    /// `24h` (by the hour), `7d` or `30d` (by the day); a day when left out.
    #[serde(default)]
    window: Option<Window>,
}

/// What came of the runs that began within a window.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowStatistics {
    window: Window,
    since: Timestamp,
    /// The length of a part of each series.
    step_seconds: i64,
    /// Whether there are more than 100,000 runs, of which only the newest are counted.
    is_partial: bool,
    /// The flows that have runs, by name.
    items: Vec<FlowStatistic>,
}

/// The runs of one flow.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowStatistic {
    flow: String,
    runs: i64,
    completed: i64,
    faulted: i64,
    cancelled: i64,
    /// For an event, a person or a moment.
    waiting: i64,
    /// Held by hand.
    suspended: i64,
    running: i64,
    /// The share of the completed among those that completed or faulted, from 0 to 1; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    success_rate: Option<f64>,
    /// From start to end, of those that completed.
    duration_ms: Percentiles,
    series: Vec<FlowPoint>,
}

/// The runs that began within one part of the window.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowPoint {
    at: Timestamp,
    runs: i64,
    completed: i64,
    faulted: i64,
}

pub(super) fn operation() -> Operation {
    operation!(list_flow_statistics(ListFlowStatistics) -> FlowStatistics, Permission::ReadRuns)
        .get("/v1/flow-statistics")
        .tag("flows")
        .says(
            "List the figures of flows",
            "How many runs of each flow began within a window, what came of them, how long they took, and how that went \
             over time.",
        )
        .shows_no_client_text()
        .example(json!({ "window": "7d" }))
}

async fn list_flow_statistics(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListFlowStatistics,
) -> Result<FlowStatistics, Problem> {
    let window = input.window.unwrap_or_default();
    let span = window.until(tx.now());
    let step = span.step_seconds();
    let tallies = tally(tx, span.since, step, COUNTED_MAX).await?;
    let counted: i64 = tallies.iter().filter(|it| it.part.is_none()).map(|it| it.runs).sum();
    let items =
        tallies.chunk_by(|a, b| a.flow == b.flow).filter_map(|of| FlowStatistic::of(span, of));
    Ok(FlowStatistics {
        window,
        since: span.since,
        step_seconds: step,
        is_partial: COUNTED_MAX <= counted,
        items: items.collect(),
    })
}

impl FlowStatistic {
    /// What the rows of one flow say: one for all of the window, and one for each part that has runs.
    fn of(span: Span, rows: &[Tally]) -> Option<Self> {
        let whole = rows.iter().find(|row| row.part.is_none())?;
        let points = rows.iter().filter_map(|row| {
            let (part, at) = (row.part?, span.beginning(row.part?));
            let (runs, completed, faulted) = (row.runs, row.completed, row.faulted);
            Some((part, FlowPoint { at, runs, completed, faulted }))
        });
        let empty = |at| FlowPoint { at, runs: 0, completed: 0, faulted: 0 };
        Some(Self {
            flow: whole.flow.clone(),
            runs: whole.runs,
            completed: whole.completed,
            faulted: whole.faulted,
            cancelled: whole.cancelled,
            waiting: whole.waiting,
            suspended: whole.suspended,
            running: whole.running,
            success_rate: share(whole.completed, whole.completed + whole.faulted),
            duration_ms: Percentiles { p50: millis(whole.p50), p95: millis(whole.p95) },
            series: span.series(points, empty),
        })
    }
}
