//! Every scenario on PostgreSQL: the same tasks, calls, events and results as in memory, also when the
//! program is killed after each commit.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use engine::{ByHand, HandedCall, runs};
use flow::{
    Catalog, FlowError, FunctionSpec, Input, Program, RunInfo,
    memory::{Answer, Happening, Outcome},
    scenario::{Scenario, Started, started_at},
};
use it::{Database, Rehearsal, prepare};
use kernel::{Event, RunId, TenantId, Timestamp};
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, Row as _};
use store::TenantTx;
use uuid::Uuid;

/// More turns than any scenario needs.
const TURNS_MAX: usize = 30_000;

struct NothingElse;

impl Catalog for NothingElse {
    fn function(&self, _: &str) -> Option<FunctionSpec<'_>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Something that is to happen.
enum Due {
    Answer(Box<HandedCall>, Result<Value, FlowError>),
    Given(Happening),
}

/// One scenario on the database.
struct Stage<'s> {
    scenario: &'s Scenario,
    /// Whether the node is killed after each commit.
    is_killed: bool,
    rehearsal: Rehearsal,
    node: ByHand,
    now: Timestamp,
    tenant: TenantId,
    /// The run that the scenario starts; none of those that events do.
    run: RunId,
    /// By the moment, then answers before what is given, then in order.
    agenda: BTreeMap<(Timestamp, u8, usize), Due>,
    entries: usize,
    made: HashMap<String, usize>,
    calls: Vec<Value>,
    given: Vec<Uuid>,
}

impl<'s> Stage<'s> {
    async fn open(
        scenario: &'s Scenario,
        database: &Database,
        tenant: TenantId,
        is_killed: bool,
    ) -> Stage<'s> {
        let flows: Vec<String> = std::iter::once(&scenario.flow)
            .chain(&scenario.flows)
            .map(ToString::to_string)
            .collect();
        let functions: Vec<&str> = scenario.functions().collect();
        let now = started_at();
        let rehearsal = Rehearsal::open(database, &flows, &functions, now);
        let node = rehearsal.node();
        let mut run = RunId::from(Uuid::nil());
        if !scenario.is_started_by_events() {
            let mut tx = rehearsal.db.tenant(tenant).await.unwrap();
            let name = scenario.flow["document"]["name"].as_str().unwrap();
            run = runs::start(&mut tx, name, &scenario.input, "test").await.unwrap();
            tx.commit().await.unwrap();
        }
        Stage {
            scenario,
            is_killed,
            rehearsal,
            node,
            now,
            tenant,
            run,
            agenda: BTreeMap::new(),
            entries: 0,
            made: HashMap::new(),
            calls: Vec::new(),
            given: Vec::new(),
        }
    }

    fn note(&mut self, at: Timestamp, due: Due) {
        let rank = match &due {
            Due::Answer(..) => 0,
            Due::Given(_) => 1,
        };
        self.entries += 1;
        self.agenda.insert((at, rank, self.entries), due);
    }

    /// Plays it until nothing can happen any more.
    async fn play(&mut self, superuser: &mut PgConnection) {
        let begun = self.node.turn().await.unwrap();
        self.take(begun.calls).await;
        for (at, happening) in self.scenario.given() {
            self.note(at, Due::Given(happening));
        }
        for _ in 0..TURNS_MAX {
            if let Some(entry) = self.agenda.first_entry()
                && entry.key().0 <= self.now
            {
                match entry.remove() {
                    Due::Answer(call, result) => {
                        let turn = self.node.answer(*call, result).await.unwrap();
                        self.take(turn.calls).await;
                    }
                    Due::Given(happening) => self.give(happening).await,
                }
                continue;
            }
            let turn = self.node.turn().await.unwrap();
            if turn.worked {
                self.take(turn.calls).await;
                continue;
            }
            let timer: Option<Timestamp> =
                sqlx::query_scalar("select min(fire_at) from engine.timer")
                    .fetch_one(&mut *superuser)
                    .await
                    .unwrap();
            let noted = self.agenda.first_key_value().map(|((at, ..), _)| *at);
            let Some(next) = [timer, noted].into_iter().flatten().min() else { return };
            self.rehearsal.clock.advance(next - self.now);
            self.now = next;
        }
        unreachable!("it goes on and on");
    }

    /// Notes when the calls that the node makes are answered.
    async fn take(&mut self, mut calls: Vec<HandedCall>) {
        if self.is_killed {
            drop(calls);
            self.node = self.rehearsal.node();
            calls = self.node.take_over().await.unwrap().calls;
            calls.sort_by_key(HandedCall::number);
        }
        for call in calls {
            let known = self.agenda.iter_mut().find_map(|(_, due)| match due {
                Due::Answer(known, _)
                    if (known.number(), known.attempt()) == (call.number(), call.attempt()) =>
                {
                    Some(known)
                }
                _ => None,
            });
            if let Some(known) = known {
                **known = call;
                continue;
            }
            let turn = self.made.entry(call.function().to_owned()).or_default();
            *turn += 1;
            let Answer { after_ms, result } =
                self.scenario.answer(call.function(), call.input(), self.now, *turn - 1);
            self.calls.push(json!({ "function": call.function(), "input": call.input() }));
            let at = self.now + chrono::TimeDelta::milliseconds(after_ms);
            self.note(at, Due::Answer(Box::new(call), result));
        }
    }

    async fn give(&mut self, happening: Happening) {
        let mut tx = self.rehearsal.db.tenant(self.tenant).await.unwrap();
        match happening {
            Happening::Event(envelope) => {
                let event = event_of(&tx, envelope);
                self.given.push(event.id.uuid());
                tx.append_all(&[event]).await.unwrap();
            }
            Happening::Cancel(reason) => runs::cancel(&mut tx, self.run, &reason).await.unwrap(),
            Happening::Retry => runs::retry(&mut tx, self.run).await.unwrap(),
            Happening::Skip(output) => {
                let input = Input::Skip { reason: "given".to_owned(), output };
                runs::ask(&mut tx, self.run, &input).await.unwrap();
            }
            Happening::Suspend(reason) => {
                runs::ask(&mut tx, self.run, &Input::Suspend { reason }).await.unwrap();
            }
            Happening::Resume => runs::ask(&mut tx, self.run, &Input::Resume).await.unwrap(),
        }
        tx.commit().await.unwrap();
    }

    /// Its runs, in the order in which they began.
    async fn runs(&self, superuser: &mut PgConnection) -> Vec<RunId> {
        if !self.scenario.is_started_by_events() {
            return vec![self.run];
        }
        let ids: Vec<Uuid> = sqlx::query_scalar("select run_id from engine.run order by run_id")
            .fetch_all(superuser)
            .await
            .unwrap();
        ids.into_iter().map(RunId::from).collect()
    }

    /// What became of it.
    async fn result(&self, superuser: &mut PgConnection) -> Value {
        let mut all = Vec::new();
        for run in self.runs(superuser).await {
            all.push(self.result_of(run, superuser).await);
        }
        let emitted = sqlx::query_scalar::<_, Value>(
            "select jsonb_build_object('type', type, 'data', data, 'subject', subject, 'attributes', attributes)
             from platform.event where source <> 'handoff/engine' and event_id <> all($1) order by event_id",
        )
        .bind(&self.given)
        .fetch_all(&mut *superuser)
        .await
        .unwrap();
        json!({ "runs": all, "calls": self.calls, "emitted": emitted })
    }

    async fn result_of(&self, run: RunId, superuser: &mut PgConnection) -> Value {
        let mut tx = self.rehearsal.db.tenant(self.tenant).await.unwrap();
        let input = runs::input_of(&mut tx, &self.rehearsal.flows, run).await.unwrap();
        let output = runs::output(&mut tx, run).await.unwrap();
        let steps = runs::steps(&mut tx, run).await.unwrap();
        tx.commit().await.unwrap();
        let row = sqlx::query("select status, error, started_at from engine.run where run_id = $1")
            .bind(run.uuid())
            .fetch_one(&mut *superuser)
            .await
            .unwrap();
        let mut trace = Vec::new();
        for step in steps {
            for entry in step.entries.as_array().unwrap() {
                trace.push(told(entry));
            }
        }
        let lifecycle = sqlx::query_scalar::<_, Value>(
            "select jsonb_build_object('type', type, 'data', data) from platform.event
             where type like 'io.serverlessworkflow.%' and subject = $1 order by event_id",
        )
        .bind(run.to_string())
        .fetch_all(&mut *superuser)
        .await
        .unwrap();
        json!({
            "at": row.get::<Timestamp, _>("started_at"),
            "input": input,
            "status": row.get::<String, _>("status"),
            "error": row.get::<Option<Value>, _>("error"),
            "output": output,
            "trace": trace,
            "lifecycle": lifecycle,
        })
    }
}

/// An entry of the journal, as memory tells it.
fn told(entry: &Value) -> String {
    let text = |key: &str| entry.get(key).map(|text| text.as_str().unwrap());
    if let Some(task) = text("started") {
        format!("started {task}")
    } else if let Some(task) = text("skipped_over") {
        format!("skipped over {task}")
    } else if let (Some(outcome), Some(task)) = (text("outcome"), text("ended")) {
        format!("{outcome} {task}")
    } else {
        ["suspended", "resumed"]
            .into_iter()
            .find(|key| entry.get(key).is_some())
            .unwrap()
            .to_owned()
    }
}

fn event_of(tx: &TenantTx, envelope: Value) -> Event {
    let Value::Object(mut attributes) = envelope else { unreachable!("an event is an object") };
    let mut text =
        |name: &str| attributes.shift_remove(name).map(|value| value.as_str().unwrap().to_owned());
    let (kind, source) = (text("type").unwrap_or_default(), text("source").unwrap());
    let subject = text("subject");
    let data = attributes.shift_remove("data").unwrap_or_default();
    let time = tx.now();
    Event { id: tx.new_id(), source, kind, subject, time, data, attributes, traceparent: None }
}

/// What becomes of the runs in memory.
fn expected(scenario: &Scenario, program: &Program, runs: &[RunId]) -> Value {
    let info = |run: &RunId, started_at| RunInfo {
        id: run.to_string(),
        started_at,
        seed: run.uuid().as_u64_pair().1,
    };
    let (starts, outcomes) = if scenario.is_started_by_events() {
        let starts = scenario.starts(program);
        let named: Vec<RunInfo> =
            runs.iter().zip(&starts).map(|(run, start)| info(run, start.at)).collect();
        let outcomes = scenario.rehearse_starts(program, &named);
        (starts, outcomes)
    } else {
        let start = Started { at: started_at(), input: scenario.input.clone() };
        let outcome = scenario.rehearse(program, info(&runs[0], start.at));
        (vec![start], vec![outcome])
    };
    let of_runs: Vec<Value> = starts
        .iter()
        .zip(&outcomes)
        .map(|(start, outcome)| {
            json!({
                "at": start.at,
                "input": start.input,
                "status": outcome.status,
                "error": outcome.error,
                "output": outcome.output,
                "trace": outcome.trace,
                "lifecycle": outcome.lifecycle.iter().map(|event| json!({ "type": event.kind, "data": event.data })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let calls: Vec<Value> = outcomes.iter().flat_map(calls_of).collect();
    let emitted: Vec<Value> = outcomes.iter().flat_map(emitted_by).collect();
    json!({ "runs": of_runs, "calls": calls, "emitted": emitted })
}

fn calls_of(outcome: &Outcome) -> Vec<Value> {
    // A flow that is run is a run of its own here, and no call that anybody answers.
    outcome
        .calls()
        .filter(|made| made.request.function != flow::RUN_WORKFLOW)
        .map(|made| json!({ "function": made.request.function, "input": made.request.input }))
        .collect()
}

fn emitted_by(outcome: &Outcome) -> Vec<Value> {
    outcome
        .emitted
        .iter()
        .map(|event| {
            let mut attributes: Map<String, Value> = event.attributes.clone();
            attributes.insert("id".to_owned(), json!(event.id));
            json!({ "type": event.kind, "data": event.data, "subject": event.subject, "attributes": attributes })
        })
        .collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Plays all scenarios, each as in memory.
async fn play_all(is_killed: bool) {
    let database = Database::create().await;
    let mut superuser = database.superuser().await;
    let tenant = prepare(&database).await;
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let mut all = Vec::new();
    files(folder, &mut all);
    all.sort();
    let mut wrong = Vec::new();
    let mut played = 0;
    for path in &all {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        let scenario = Scenario::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        if scenario.expect.problems.is_some() {
            continue;
        }
        let program = scenario
            .compile(&NothingElse)
            .unwrap_or_else(|wrong| unreachable!("{name}: {wrong:?}"));
        sqlx::raw_sql("truncate engine.run, engine.task, engine.timer, engine.gathering, platform.event cascade")
            .execute(&mut superuser)
            .await
            .unwrap();
        let mut stage = Stage::open(&scenario, &database, tenant, is_killed).await;
        stage.play(&mut superuser).await;
        let found = stage.result(&mut superuser).await;
        let left: Vec<String> = sqlx::query_scalar(
            "select flow || ' is ' || status from engine.run r where ended_at is null
             and exists (select from engine.run main where main.run_id = $1 and main.ended_at is not null)",
        )
        .bind(stage.run.uuid())
        .fetch_all(&mut superuser)
        .await
        .unwrap();
        if !left.is_empty() {
            wrong.push(format!("{name}: what it started goes on: {left:?}"));
        }
        stage.rehearsal.db.close().await;
        let expected = expected(&scenario, &program, &stage.runs(&mut superuser).await);
        for (what, expected) in expected.as_object().unwrap() {
            if found[what] != *expected {
                wrong.push(format!(
                    "{name}: {what}\n  in memory {expected}\n  found     {}",
                    found[what]
                ));
            }
        }
        played += 1;
    }
    assert!(wrong.is_empty(), "{} differences in {played}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(200 < played, "{played}");
    drop(superuser);
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_come_out_as_in_memory() {
    play_all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_come_out_the_same_when_the_node_dies_after_each_commit() {
    play_all(true).await;
}
