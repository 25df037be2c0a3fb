//! What a person should know of runs: unclear outcomes, refused credentials, failures.

use flow::FlowError;
use kernel::RunId;
use serde_json::{Value, json};
use store::{StoreError, TenantTx};

use crate::{
    Cause, OperationError, advance::Progress, dispatch::Returned, driver::Inner, outside::Outside,
};

pub(crate) fn outcome_unknown(call: &Returned) -> Value {
    json!({
        "kind": "call.outcome_unknown",
        "severity": "warning",
        "cause": format!("call.outcome_unknown:{}-{}", call.run, call.number),
        "title": format!("It is not known whether {} was done; look there before doing it again", call.function),
        "detail": { "run_id": call.run, "function": call.function },
    })
}

/// The alert of a run that faulted, which the log tells of too.
pub(crate) fn faulted(progress: &Progress) -> Value {
    let flow = progress.program.name();
    let error = progress.state.error();
    tracing::warn!(
        run = %progress.run,
        flow,
        task = error.and_then(|error| error.instance.as_deref()).unwrap_or_default(),
        status = error.map_or(0, |error| error.status),
        error = error.map_or("", title_of),
        "a run faulted; an alert tells of it, and it can be retried"
    );
    json!({
        "kind": "run.faulted",
        "severity": "critical",
        "cause": cause_of_fault(progress.run),
        "title": format!("A run of {flow} failed; look at it, mend the cause, and retry it"),
        "detail": { "run_id": progress.run, "flow": flow },
    })
}

/// What makes two alerts of one faulted run the same.
fn cause_of_fault(run: RunId) -> String {
    format!("run.faulted:{run}")
}

/// How long a title may be to be written into the log.
const TITLE_BYTES_MAX: usize = 80;

/// A title that is a name for the error. What looks like more than a name may quote somebody.
pub(crate) fn title_of(error: &FlowError) -> &str {
    let title = error.title.as_deref().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c);
    let is_name = title.len() <= TITLE_BYTES_MAX && title.chars().all(is_plain);
    if is_name { title } else { "" }
}

/// A run is over that had failed before: nobody needs to look at it any more.
pub(crate) async fn resolve_fault(
    tx: &mut TenantTx,
    outside: &Outside,
    run: RunId,
) -> Result<(), StoreError> {
    let cause = Cause { run, flow: "engine".to_owned(), key: String::new() };
    let wanted = json!({ "open": true, "cause": cause_of_fault(run) });
    tx.savepoint().await?;
    let resolved = async {
        let found = outside.operations.call(tx, "list_alerts", wanted, &cause).await?;
        for alert in found["items"].as_array().into_iter().flatten() {
            let input = json!({ "alert_id": alert["alert_id"] });
            outside.operations.call(tx, "resolve_alert", input, &cause).await?;
        }
        Ok(())
    };
    match resolved.await {
        Ok(()) => tx.release_savepoint().await,
        Err(OperationError::Refused { code, detail, .. }) => {
            tracing::error!(code, detail, "an alert could not be resolved");
            tx.roll_back_to_savepoint().await
        }
        Err(OperationError::Store(error)) => Err(error),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_gets_names_of_errors_and_not_what_somebody_wrote() {
        let named = |title: &str| FlowError::new("https://example.com/errors/x", 400, title);
        assert_eq!(title_of(&named("credentials refused")), "credentials refused");
        for title in ["no such client: ada@example.com", "a\nb", &"x".repeat(81)] {
            assert_eq!(title_of(&named(title)), "", "{title}");
        }
    }
}
