//! What a person should know of runs: unclear outcomes, refused credentials, failures.

use kernel::RunId;
use serde_json::{Value, json};
use store::{StoreError, TenantTx};

use crate::{Cause, OperationError, advance::Progress, dispatch::Returned, driver::Inner};

pub(crate) fn outcome_unknown(call: &Returned) -> Value {
    json!({
        "kind": "call.outcome_unknown",
        "severity": "warning",
        "cause": format!("call.outcome_unknown:{}-{}", call.run, call.number),
        "title": format!("It is not known whether {} was done; look there before doing it again", call.function),
        "detail": { "run_id": call.run, "function": call.function },
    })
}

pub(crate) fn faulted(progress: &Progress) -> Value {
    let flow = progress.program.name();
    json!({
        "kind": "run.faulted",
        "severity": "critical",
        "cause": format!("run.faulted:{}", progress.run),
        "title": format!("A run of {flow} failed; look at it, mend the cause, and retry it"),
        "detail": { "run_id": progress.run, "flow": flow },
    })
}

pub(crate) fn credentials_refused(function: &str) -> Value {
    let connector = function.split('.').next().unwrap_or_default();
    json!({
        "kind": "connection.refused",
        "severity": "critical",
        "cause": format!("connection.refused:{connector}"),
        "title": format!("The credentials of the connection {connector} are refused; set them again"),
        "detail": { "connector": connector },
    })
}

/// Raises an alert in the caller's transaction. One that cannot be raised stops nothing.
pub(crate) async fn raise(
    inner: &Inner,
    tx: &mut TenantTx,
    run: RunId,
    alert: &Value,
) -> Result<(), StoreError> {
    let cause = Cause { run, flow: "engine".to_owned(), key: String::new() };
    tx.savepoint().await?;
    match inner.outside.operations.call(tx, "raise_alert", alert.clone(), &cause).await {
        Ok(_) => tx.release_savepoint().await,
        Err(OperationError::Refused { code, detail, .. }) => {
            tracing::error!(code, detail, "an alert could not be raised");
            tx.roll_back_to_savepoint().await
        }
        Err(OperationError::Store(error)) => Err(error),
    }
}
