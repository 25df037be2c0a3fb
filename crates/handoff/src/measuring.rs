//! What a node does with what it measured: writes it, and looks at the alert rules.

use std::{sync::Arc, time::Duration};

use domain::{App, messaging::alert_rules};
use tokio_util::sync::CancellationToken;

/// How often measurements are written and rules evaluated.
const EVERY: Duration = Duration::from_secs(10);
/// After a failure it is done soon, but not for each failure.
const SOON: Duration = Duration::from_secs(1);
/// How many rounds lie between two looks for measurements that are too old.
const FORGET_EVERY: u32 = 360;

/// Until told to stop.
pub(crate) async fn measure(app: Arc<App>, evaluates: bool, stop: CancellationToken) {
    let mut round = 0_u32;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
            () = async {
                app.db.measurements().failed().await;
                tokio::time::sleep(SOON).await;
            } => {}
        }
        if let Err(error) = app.db.flush_measurements().await {
            tracing::warn!(%error, "measurements could not be written; they are kept for the next time");
            continue;
        }
        if !evaluates {
            continue;
        }
        if let Err(problem) = alert_rules::evaluate(&app.db).await {
            tracing::warn!(detail = problem.detail(), "alert rules were not evaluated");
        }
        if round.is_multiple_of(FORGET_EVERY)
            && let Err(error) = app.db.forget_measurements().await
        {
            tracing::warn!(%error, "old measurements could not be removed");
        }
        round = round.wrapping_add(1);
    }
}
