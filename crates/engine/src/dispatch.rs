//! Making one call: the breaker's word, the effect's rule after an interruption, the call itself.

use std::{sync::Arc, time::Duration};

use connector_kit::{CallError, Effect, Found, Usage};
use flow::FlowError;
use kernel::{
    RunId, TaskId, TenantId, Timestamp,
    trace::{Kind, Span},
};
use serde_json::Value;
use store::measurements::Series;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    Attempt, Outcome,
    advance::call_key,
    breaker::{Admission, Verdict, verdict},
    driver::Inner,
};

/// How long a call waits that could not be tried.
const NOT_TRIED_PAUSE: Duration = Duration::from_secs(1);

/// A call whose intent is committed.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
    pub(crate) function: String,
    pub(crate) effect: Effect,
    pub(crate) input: Value,
    /// Another node may have sent it already.
    pub(crate) taken_over: bool,
    /// The span that asked for it.
    pub(crate) traceparent: Option<String>,
    pub(crate) permit: OwnedSemaphorePermit,
}

/// How a call came back.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
    pub(crate) number: u64,
    pub(crate) task: TaskId,
    pub(crate) fence: i64,
    pub(crate) function: String,
    pub(crate) effect: Effect,
    pub(crate) ending: Ending,
}

#[derive(Debug)]
pub(crate) enum Ending {
    Done {
        result: Result<Value, CallError>,
        usage: Vec<Usage>,
    },
    /// It failed with an error that is a flow's already.
    Failed {
        error: FlowError,
    },
    /// Not made; to be made not before this time.
    PutOff {
        until: Timestamp,
        reason: &'static str,
    },
}

/// How the journal writes the end of a call.
pub(crate) fn status_of(result: &Result<Value, CallError>, effect: Effect) -> &'static str {
    match result {
        Ok(_) => "succeeded",
        Err(CallError::Ambiguous { .. } | CallError::Unreadable { .. })
            if effect == Effect::AtMostOnce =>
        {
            "unknown"
        }
        Err(_) => "failed",
    }
}

/// Makes the call and hands its result to the driver. The permit is held until then.
pub(crate) async fn make(inner: Arc<Inner>, call: Prepared) {
    let connector = inner.functions.system(&call.function, &call.input);
    let ending = match inner.breakers.admit(&inner.db, call.tenant, &connector).await {
        Ok(Admission::Go) => {
            let span = span(&call);
            let ending = span.within(attempt(&inner, &call, &connector)).await;
            let ending = not_tried_later(&inner, ending);
            describe(&span, &ending, call.effect);
            ending
        }
        Ok(Admission::Wait(until)) => Ending::PutOff { until, reason: "the breaker is open" },
        // Without the database nothing can be recorded, so nothing is sent.
        Err(_away) => Ending::PutOff { until: inner.db.clock().now(), reason: "no database" },
    };
    let Prepared { tenant, run, number, task, fence, function, effect, permit, .. } = call;
    let returned = Returned { tenant, run, number, task, fence, function, effect, ending };
    inner.inbox.put(returned).await;
    drop(permit);
}

/// What was not tried uses up no attempt.
fn not_tried_later(inner: &Inner, ending: Ending) -> Ending {
    match ending {
        Ending::Done { result: Err(CallError::NotTried(detail)), .. } => {
            tracing::info!(detail, "a call was not tried");
            let until = inner.db.clock().now() + NOT_TRIED_PAUSE;
            Ending::PutOff { until, reason: "it could not be tried" }
        }
        other => other,
    }
}

fn span(call: &Prepared) -> Span {
    let span = Span::begin(&call.function, Kind::Client, call.traceparent.as_deref());
    span.set("handoff.tenant", || call.tenant.to_string().into());
    span.set("handoff.run", || call.run.to_string().into());
    span.set("handoff.function", || call.function.clone().into());
    span.set("handoff.call", || i64::try_from(call.number).unwrap_or(i64::MAX).into());
    span.set("handoff.attempt", || i64::from(call.attempt).into());
    span
}

fn describe(span: &Span, ending: &Ending, effect: Effect) {
    match ending {
        Ending::Done { result, .. } => {
            span.set("handoff.status", || status_of(result, effect).into());
            if result.is_err() {
                span.failed();
            }
        }
        Ending::Failed { .. } => span.failed(),
        Ending::PutOff { .. } => span.set("handoff.status", || "put off".into()),
    }
}

async fn attempt(inner: &Inner, call: &Prepared, connector: &str) -> Ending {
    let attempt = Attempt {
        function: call.function.clone(),
        input: call.input.clone(),
        key: call_key(call.run, call.number),
        number: call.attempt,
        timeout: inner.options.attempt_timeout,
    };
    let mut usage = Vec::new();
    let looks_first = call.effect == Effect::Findable && 1 < call.attempt;
    if call.taken_over || looks_first {
        match after_interruption(inner, call, attempt.clone()).await {
            Next::Send => {}
            Next::End { result, usage: looked } => return Ending::Done { result, usage: looked },
            Next::Later { usage: looked } => usage = looked,
        }
    }
    kernel::crashpoint!("engine.call_before_send");
    let started = inner.db.clock().now();
    let outcome = inner.functions.call(call.tenant, attempt).await;
    kernel::crashpoint!("engine.call_after_answer");
    let taken = (inner.db.clock().now() - started).to_std().unwrap_or_default();
    metrics::histogram!("handoff_call_seconds", "function" => call.function.clone())
        .record(taken.as_secs_f64());
    // Who is told to come back later is not refused.
    let failed = !matches!(&outcome.result, Ok(_) | Err(CallError::Throttled { .. }));
    inner.db.measure(call.tenant, Series::Call, &call.function, taken, failed);
    usage.extend(outcome.usage);
    settle(inner, call, connector, outcome.result, usage).await
}

/// Tells the breaker, and puts the call off where an attempt should not be counted.
async fn settle(
    inner: &Inner,
    call: &Prepared,
    connector: &str,
    result: Result<Value, CallError>,
    usage: Vec<Usage>,
) -> Ending {
    if let Err(CallError::NotTried(_)) = &result {
        return Ending::Done { result, usage };
    }
    let verdict = verdict(&result);
    if let Err(error) = inner.breakers.record(&inner.db, call.tenant, connector, verdict).await {
        tracing::warn!(%error, connector, "the breaker could not be updated");
    }
    let now = inner.db.clock().now();
    match verdict {
        Verdict::Paused(pause) => {
            Ending::PutOff { until: now + pause, reason: "the provider asked to slow down" }
        }
        Verdict::Disconnected => {
            tracing::warn!(
                run = %call.run,
                function = call.function,
                "the credentials of a connection are refused; its calls wait until it is set again"
            );
            Ending::PutOff {
                until: now + Duration::from_secs(600),
                reason: "the credentials were refused",
            }
        }
        Verdict::Healthy | Verdict::Failed => Ending::Done { result, usage },
    }
}

enum Next {
    Send,
    Later { usage: Vec<Usage> },
    End { result: Result<Value, CallError>, usage: Vec<Usage> },
}

/// An earlier attempt was interrupted between its intent and its result.
async fn after_interruption(inner: &Inner, call: &Prepared, attempt: Attempt) -> Next {
    match call.effect {
        Effect::Read | Effect::Keyed => Next::Send,
        Effect::AtMostOnce if inner.functions.may_repeat(&call.function, &call.input) => Next::Send,
        Effect::AtMostOnce => Next::End {
            result: Err(CallError::Ambiguous {
                status: None,
                detail: "the program stopped between sending and recording".to_owned(),
            }),
            usage: Vec::new(),
        },
        Effect::Findable => {
            let Outcome { result, usage } = inner.functions.find(call.tenant, attempt).await;
            match result {
                Ok(Found::Done(output)) => Next::End { result: Ok(output), usage },
                Ok(Found::Absent) => Next::Later { usage },
                Err(error) => Next::End { result: Err(error), usage },
            }
        }
    }
}
