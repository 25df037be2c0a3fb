//! The engine under load, and the clients that ask it for runs.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use connector_kit::{Effect, Found};
use engine::{
    Attempt, Cause, Engine, EngineOptions, FlowFollower, Flows, FunctionInfo, Functions,
    OperationError, Operations, Outcome, Outside, runs,
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use kernel::{RunId, SystemClock, SystemRandom, TenantId};
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use store::{Db, PgConnectOptions, PoolSizes, TenantTx};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::Measured;
use crate::{check, stage::Stage};

/// How often the end of runs is looked for, and of how many: most end in the order they were asked for.
const LOOK_EVERY: Duration = Duration::from_millis(4);
const OLDEST: usize = 64;
/// How often of all of them.
const ALL_EVERY: usize = 8;
const PATIENCE: Duration = Duration::from_secs(120);
/// How many requests for runs one commit takes at the most.
const REQUESTS_MAX: usize = 128;

/// A function that answers at once with what it was given.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// When each run's first call was made, of those that somebody times.
    first: Mutex<HashMap<String, Instant>>,
}

impl Functions for Answers {
    fn catalog(&self) -> Vec<FunctionInfo> {
        vec![FunctionInfo::new("bench.answer", Some(Effect::Keyed), json!({}))]
    }

    fn call(&self, _: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Value>> {
        let now = Instant::now();
        if let Some((run, _)) = attempt.key.rsplit_once('-') {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            first.entry(run.to_owned()).or_insert(now);
        }
        Box::pin(async move { Outcome { result: Ok(attempt.input), usage: Vec::new() } })
    }

    fn may_repeat(&self, _: &str, _: &Value) -> bool {
        true
    }

    fn system(&self, function: &str, _: &Value) -> String {
        function.to_owned()
    }

    fn find(&self, _: TenantId, _: Attempt) -> BoxFuture<'_, Outcome<Found>> {
        Box::pin(async { Outcome { result: Ok(Found::Absent), usage: Vec::new() } })
    }
}

/// No operation is called; the engine raises no alert, since nothing fails.
struct NoOperations;

impl Operations for NoOperations {
    fn catalog(&self) -> Vec<FunctionInfo> {
        Vec::new()
    }

    fn call<'a>(
        &'a self,
        _: &'a mut TenantTx,
        name: &'a str,
        _: Value,
        _: &'a Cause,
    ) -> BoxFuture<'a, Result<Value, OperationError>> {
        let detail = format!("{name} was called");
        Box::pin(async {
            Err(OperationError::Refused { status: 500, code: "unexpected".to_owned(), detail })
        })
    }
}

/// From asking for runs to their first step, and to their end.
pub(crate) struct Latencies {
    pub(crate) count: usize,
    pub(crate) first: Measured,
    pub(crate) end: Measured,
}

type Ending = oneshot::Sender<Instant>;

/// A request for a run of a flow with an input, and who waits until it is committed.
struct Request {
    flow: String,
    input: Value,
    committed: oneshot::Sender<RunId>,
}

pub(crate) struct Load {
    db: Db,
    tenant: TenantId,
    options: PgConnectOptions,
    answers: Arc<Answers>,
    watched: Arc<Mutex<BTreeMap<Uuid, Ending>>>,
    requests: mpsc::UnboundedSender<Request>,
    stop: CancellationToken,
    working: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl Load {
    pub(crate) async fn start(
        stage: &Stage,
        sources: &[String],
        answers: Arc<Answers>,
    ) -> anyhow::Result<Self> {
        let options = stage.database()?;
        let outside = Outside {
            operations: Arc::new(NoOperations),
            functions: Arc::<Answers>::clone(&answers),
        };
        let sources: Vec<(String, String)> =
            sources.iter().map(|source| ("bench.yaml".to_owned(), source.clone())).collect();
        let flows =
            Arc::new(Flows::load(&[], &sources, &*outside.operations, &*outside.functions)?);
        let db = Db::open(
            options.clone(),
            PoolSizes { requests: 16, ..PoolSizes::default() },
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            vec![Arc::new(FlowFollower::new(Arc::clone(&flows)))],
        );
        let tenants = store::events::tenants(&db).await?;
        let tenant = *tenants.first().context("the program made no tenant")?;
        let stop = CancellationToken::new();
        let engine = Engine::new(
            db.clone(),
            flows,
            outside,
            EngineOptions { is_only_node: true, ..EngineOptions::default() },
        );
        let watched = Arc::new(Mutex::new(BTreeMap::new()));
        let engine = {
            let stop = stop.clone();
            tokio::spawn(async move {
                engine.run(stop).await;
                Ok(())
            })
        };
        let watching =
            tokio::spawn(watch(options.clone(), tenant, Arc::clone(&watched), stop.clone()));
        let (requests, inbox) = mpsc::unbounded_channel();
        let asking = tokio::spawn(ask(db.clone(), tenant, inbox));
        let working = vec![engine, watching, asking];
        Ok(Self { db, tenant, options, answers, watched, requests, stop, working })
    }

    /// `in_flight` clients, each of which asks for the next run when the last has ended.
    pub(crate) async fn closed(
        &self,
        flow: &str,
        in_flight: usize,
        span: Duration,
        input: &Value,
    ) -> anyhow::Result<Latencies> {
        let began = Instant::now();
        let client = || async {
            let mut times = Vec::new();
            while began.elapsed() < span {
                times.push(self.one(flow, input).await?);
            }
            anyhow::Ok(times)
        };
        let clients: Vec<_> = (0..in_flight).map(|_| client()).collect();
        let times = futures::future::try_join_all(clients).await?.concat();
        Ok(self.latencies(&times, began.elapsed()))
    }

    /// Runs asked for at a steady rate, however long each takes.
    pub(crate) async fn open(
        &self,
        flow: &str,
        per_second: f64,
        span: Duration,
        input: &Value,
    ) -> anyhow::Result<Latencies> {
        let began = Instant::now();
        let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / per_second.max(1.0)));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut running = FuturesUnordered::new();
        let mut times = Vec::new();
        while began.elapsed() < span {
            tokio::select! {
                _ = tick.tick() => running.push(self.one(flow, input)),
                Some(ended) = running.next() => times.push(ended?),
            }
        }
        while let Some(ended) = running.next().await {
            times.push(ended?);
        }
        Ok(self.latencies(&times, began.elapsed()))
    }

    /// Asks for many runs, each with its number, and waits for none of them.
    pub(crate) async fn start_many(&self, flow: &str, count: usize) -> anyhow::Result<()> {
        let next = AtomicUsize::new(0);
        let client = || async {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if count <= number {
                    return anyhow::Ok(());
                }
                self.ask(flow, &json!({ "number": number })).await?;
            }
        };
        futures::future::try_join_all((0..16).map(|_| client())).await?;
        Ok(())
    }

    /// Appends an event.
    pub(crate) async fn say(&self, kind: &str, data: Value) -> anyhow::Result<()> {
        let mut tx = self.db.tenant(self.tenant).await?;
        tx.append("bench", kind, None, data).await?;
        Ok(tx.commit().await?)
    }

    /// Waits until a query counts `count`, for as long as it counts more and more.
    pub(crate) async fn until(&self, query: &'static str, count: usize) -> anyhow::Result<()> {
        let mut conn = self.options.connect().await?;
        let (mut counted, mut since) = (0, Instant::now());
        loop {
            let now = usize::try_from(check::number(&mut conn, query).await?)?;
            if count <= now {
                return Ok(());
            }
            if counted < now {
                (counted, since) = (now, Instant::now());
            }
            anyhow::ensure!(
                since.elapsed() < PATIENCE,
                "{counted} of {count} after {PATIENCE:?}: {query}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        drop(self.requests);
        for worker in self.working {
            worker.await??;
        }
        self.db.close().await;
        Ok(())
    }

    async fn ask(&self, flow: &str, input: &Value) -> anyhow::Result<RunId> {
        let (committed, asked) = oneshot::channel();
        let request = Request { flow: flow.to_owned(), input: input.clone(), committed };
        self.requests.send(request).ok().context("nobody takes requests")?;
        asked.await.context("a request was not committed")
    }

    async fn one(&self, flow: &str, input: &Value) -> anyhow::Result<(RunId, Instant, Duration)> {
        let asked = Instant::now();
        let run = self.ask(flow, input).await?;
        let (ending, ended) = oneshot::channel();
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).insert(run.uuid(), ending);
        let ended = tokio::time::timeout(PATIENCE, ended).await.context("a run did not end")??;
        Ok((run, asked, ended - asked))
    }

    fn latencies(&self, times: &[(RunId, Instant, Duration)], took: Duration) -> Latencies {
        let first =
            std::mem::take(&mut *self.answers.first.lock().unwrap_or_else(PoisonError::into_inner));
        let to_first =
            times.iter().filter_map(|(run, asked, _)| Some(*first.get(&run.to_string())? - *asked));
        Latencies {
            count: times.len(),
            first: Measured::of(to_first.collect(), took),
            end: Measured::of(times.iter().map(|(_, _, took)| *took).collect(), took),
        }
    }
}

/// Writes requests for runs. What comes while one commit is under way goes into the next, as received webhooks do.
async fn ask(
    db: Db,
    tenant: TenantId,
    mut inbox: mpsc::UnboundedReceiver<Request>,
) -> anyhow::Result<()> {
    let mut requests = Vec::new();
    while 0 < inbox.recv_many(&mut requests, REQUESTS_MAX).await {
        let mut batch = db.ingress(tenant).await?;
        let wanted: Vec<(&str, &Value)> =
            requests.iter().map(|request| (request.flow.as_str(), &request.input)).collect();
        let runs = runs::start_all(batch.bind(tenant).await?, &wanted, "bench").await?;
        batch.commit().await?;
        for (request, run) in requests.drain(..).zip(runs) {
            // A client that gave up is told nothing.
            let _gone = request.committed.send(run);
        }
    }
    Ok(())
}

/// Tells clients that their runs have ended, as the database sees it.
async fn watch(
    options: PgConnectOptions,
    tenant: TenantId,
    watched: Arc<Mutex<BTreeMap<Uuid, Ending>>>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Planned once, for keys in general, so that looking costs what is measured little.
    let options =
        options.options([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")]);
    let mut conn = options.connect().await?;
    for look in 0_usize.. {
        if stop.is_cancelled() {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        let count = if look.is_multiple_of(ALL_EVERY) { usize::MAX } else { OLDEST };
        // Ids are in the order of time.
        let runs: Vec<Uuid> = {
            let watched = watched.lock().unwrap_or_else(PoisonError::into_inner);
            watched.keys().take(count).copied().collect()
        };
        if runs.is_empty() {
            continue;
        }
        let ended: Vec<(Uuid, String)> = sqlx::query_as(
            "select run_id, status from engine.run
             where tenant_id = $2 and run_id = any($1) and ended_at is not null",
        )
        .bind(&runs)
        .bind(tenant.uuid())
        .fetch_all(&mut conn)
        .await?;
        let now = Instant::now();
        for (run, status) in ended {
            anyhow::ensure!(status == "completed", "a run is {status}");
            if let Some(ending) =
                watched.lock().unwrap_or_else(PoisonError::into_inner).remove(&run)
            {
                // A client that gave up is told nothing.
                let _gone = ending.send(now);
            }
        }
    }
    Ok(())
}
