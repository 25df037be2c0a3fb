//! What is measured when a run ends.

use kernel::Timestamp;

use crate::advance::Progress;

/// How long a run took. Its id was made in the transaction of what started it.
pub(super) fn record(run: &Progress, now: Timestamp) {
    let Some(began) = run.run.uuid().get_timestamp() else { return };
    let (seconds, nanoseconds) = began.to_unix();
    let began = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_timestamp(seconds, nanoseconds))
        .unwrap_or(now);
    let taken = (now - began).to_std().unwrap_or_default();
    let status = run.status().as_str();
    metrics::histogram!("handoff_run_seconds", "flow" => run.program.name().to_owned(), "status" => status)
        .record(taken.as_secs_f64());
}
