//! How a run begins.

use flow::{Input, RunInfo, Standard, State};
use kernel::{Event, RunId};
use serde_json::Value;
use store::{StoreError, TenantTx};

use crate::{
    about, advance::Progress, children, driver::Inner, flows::Flow, follow, persist, traces,
};

/// A run begins: its input is the event that triggered it, or what the request for it carried.
pub(super) async fn start(
    inner: &Inner,
    tx: &mut TenantTx,
    run: RunId,
    flow: &str,
    cause: &Event,
    asked: Vec<Input>,
) -> Result<Option<Progress>, StoreError> {
    let mut flows = inner.flows.of(tx).await?;
    if flows.get(flow).is_none() {
        // It may have been saved a moment ago.
        flows = inner.flows.read(tx).await?;
    }
    let Some(Flow { program, source }) = flows.get(flow) else {
        if flows.is_switched_off(flow) {
            let error = Standard::Configuration.error(format!("the flow `{flow}` is switched off"));
            children::refuse(tx, run, &error).await?;
            return Ok(None);
        }
        let detail = format!("an event asks for the flow {flow}, which is not in use here");
        return Err(StoreError::Corrupt(detail));
    };
    let requested = cause.kind == follow::START_REQUESTED;
    let field = |name: &str| cause.data.get(name).cloned();
    let input = if requested {
        field("input").unwrap_or(Value::Null)
    } else {
        program.input_of(&cause.envelope())
    };
    let started_by = if requested {
        field("requested_by").and_then(|by| by.as_str().map(str::to_owned)).unwrap_or_default()
    } else {
        cause.kind.clone()
    };
    let info =
        RunInfo { id: run.to_string(), started_at: tx.now(), seed: run.uuid().as_u64_pair().1 };
    let mut progress = Progress::new(run, std::sync::Arc::clone(program), State::new(info), 0);
    progress.is_new = true;
    progress.source = (!flows.has_stored(program.digest())).then(|| source.to_string());
    (progress.trigger, progress.started_by) = (Some(cause.id), started_by);
    progress.about = about::told_by(cause);
    persist::subscribe(tx, run, &progress.program, &input).await?;
    let begin = std::iter::once(Input::Start { input }).chain(asked).collect();
    traces::advance(tx, inner, &mut progress, begin, cause.traceparent.as_deref()).await?;
    metrics::counter!("handoff_runs_started_total", "flow" => flow.to_owned()).increment(1);
    Ok(Some(progress))
}
