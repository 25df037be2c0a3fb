//! `POST /v1/flows/try`

mod answers;
mod record;

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use engine::Flows;
use flow::{
    Program,
    memory::{self, Happening, Options},
};
use kernel::{Clock, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{SOURCE_MAX, sound};
use crate::{
    App, Caller, Handler, Operation, Permission, Problem,
    operation::{read_input, write_output},
};
use answers::{Answerer, Prepared};
use record::{Recorder, TriedFlow};

/// How many flows are tried at the same time.
const AT_ONCE: usize = 2;
/// How long trying a flow may take.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);
/// How many things may happen to a run that is tried, those of flows that it runs included.
const STEPS_MAX: usize = 2_000;
/// How many events a run may be given.
const EVENTS_MAX: usize = 100;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TryFlow {
    /// The definition: YAML or JSON of the Open Workflow Specification.
    #[schemars(length(min = 1, max = SOURCE_MAX))]
    source: String,
    /// The run's input. Where an event starts the flow, a list with that event.
    #[serde(default)]
    input: Value,
    /// What calls answer, by the name of the function (`slack.post_message`, `http`) or by the place of the task
    /// (`/do/0/tell`), which counts more: one answer, or a list of answers of which the last counts for good.
    #[serde(default)]
    answers: BTreeMap<String, Prepared>,
    /// Events that come meanwhile, for tasks that listen.
    #[serde(default)]
    #[schemars(length(max = EVENTS_MAX))]
    events: Vec<GivenEvent>,
    /// When the run begins, by its own clock; now when left out.
    #[serde(default)]
    now: Option<Timestamp>,
}

/// An event that comes while a flow is tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GivenEvent {
    /// Such as `project.status.changed`.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 200))]
    kind: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    /// How long after the start it comes, such as `PT5M`; at once when left out.
    #[serde(default)]
    after: Option<String>,
}

/// What is tried, read.
struct Trial {
    program: Arc<Program>,
    /// The flows that it may run.
    others: Vec<Arc<Program>>,
    input: Value,
    answers: BTreeMap<String, Prepared>,
    given: Vec<(Timestamp, Happening)>,
    started_at: Timestamp,
}

pub(super) fn operation(known: Arc<Flows>) -> Operation {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let handler = Handler::outside(move |app, caller, input| {
        let (known, room) = (Arc::clone(&known), Arc::clone(&room));
        Box::pin(async move {
            let trial = read(&app, &caller, &known, read_input(input)?).await?;
            let room = room.acquire_owned().await.map_err(Problem::internal)?;
            let tried = tokio::task::spawn_blocking(move || {
                // Held to the end, also when nobody waits for the answer any more.
                let _room = room;
                run(app.db.clock(), &known, trial)
            });
            write_output(&tried.await.map_err(Problem::internal)?)
        })
    });
    Operation::new::<TryFlow, TriedFlow>("try_flow", Permission::ReadFlows, handler)
        .post("/v1/flows/try")
        .reads()
        .tag("flows")
        .says(
            "Try a flow",
            "Runs a definition in memory, with time that jumps to the next moment at which something happens. Nothing is \
             called and nothing is kept: each call has the answer that is given for it, else a sample that is made from \
             what its function gives (null where that is not known, as of `http`), and says which. It ends after 2,000 \
             steps or five seconds, and says so in `stands_still`.",
        )
        .example(json!({
            "source": "document: { dsl: 1.0.3, namespace: acme, name: welcome, version: 1.0.0 }\ndo:\n  - pause: { wait: PT1H }\n  - tell: { call: slack.post_message, with: { channel: C0123ABCD, text: hello } }\n",
            "input": {},
            "answers": { "slack.post_message": { "output": { "channel": "C0123ABCD", "ts": "1" } } },
        }))
}

async fn read(
    app: &App,
    caller: &Caller,
    known: &Arc<Flows>,
    input: TryFlow,
) -> Result<Trial, Problem> {
    let TryFlow { source, input, answers, events, now } = input;
    let started_at = now.unwrap_or_else(|| app.db.clock().now());
    let given = happenings(events, started_at)?;
    answers::check(&answers)?;
    let checking = Arc::clone(known);
    let checked = tokio::task::spawn_blocking(move || sound(&checking, &source)).await;
    let program =
        checked.map_err(Problem::internal)?.map_err(|problems| super::unsound(&problems))?;
    let mut tx = app.db.tenant(caller.tenant).await?;
    let others = known.read(&mut tx).await?.all().map(Arc::clone).collect();
    tx.commit().await?;
    Ok(Trial { program: Arc::new(program), others, input, answers, given, started_at })
}

fn happenings(
    events: Vec<GivenEvent>,
    started_at: Timestamp,
) -> Result<Vec<(Timestamp, Happening)>, Problem> {
    let read = |(number, event): (usize, GivenEvent)| {
        let wrong = |detail: String| Problem::field(format!("/events/{number}/after"), detail);
        let after = event.after.as_deref().map_or(Ok(0), answers::millis).map_err(wrong)?;
        let at = started_at.checked_add_signed(TimeDelta::milliseconds(after));
        let at = at.ok_or_else(|| wrong("is too far in the future".to_owned()))?;
        let mut envelope = json!({
            "specversion": "1.0", "id": format!("event-{number}"), "type": event.kind, "time": at,
            "source": event.source.unwrap_or_else(|| "/try".to_owned()),
            "datacontenttype": "application/json", "data": event.data,
        });
        if let (Some(subject), Some(envelope)) = (event.subject, envelope.as_object_mut()) {
            envelope.insert("subject".to_owned(), Value::String(subject));
        }
        Ok((at, Happening::Event(envelope)))
    };
    events.into_iter().enumerate().map(read).collect()
}

/// Runs it to its end, or until it stands still or took too long.
fn run(clock: &dyn Clock, known: &Flows, trial: Trial) -> TriedFlow {
    let (began, steps) = (clock.now(), Cell::new(0));
    let stop = move || {
        steps.set(steps.get() + 1);
        if STEPS_MAX < steps.get() {
            return Some(format!("it was still going after {STEPS_MAX} steps"));
        }
        let is_late = PATIENCE < clock.now() - began;
        is_late.then(|| format!("it was still going after {} seconds", PATIENCE.num_seconds()))
    };
    let Trial { program, mut others, input, answers, given, started_at } = trial;
    others.insert(0, Arc::clone(&program));
    let answerer = Answerer::new(known, answers, others, &stop);
    let mut recorder = Recorder::default();
    let mut watch = |at, glimpse| recorder.see(at, glimpse);
    let mut answer = |request: &memory::CallRequest| answerer.answer(request);
    let options = Options {
        given,
        stop: Some(&stop),
        watch: Some(&mut watch),
        ..Options::new(started_at, &mut answer)
    };
    let outcome = memory::run(&program, input, options);
    recorder.finish(started_at, &outcome, &answerer)
}
