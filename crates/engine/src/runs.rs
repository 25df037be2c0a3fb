//! Runs as people see them: list, look, start, cancel, retry.

use flow::{Input, Status};
use kernel::{Event, RunId, TaskId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, TenantTx, events};
use uuid::Uuid;

pub use crate::breaker::reset as reset_breaker;
use crate::{Flows, follow::START_REQUESTED, snapshot};

/// One line of a list of runs.
#[derive(Debug, Clone)]
pub struct RunRow {
    pub run_id: RunId,
    pub flow: String,
    pub version: String,
    pub status: String,
    pub error: Option<Value>,
    pub started_by: String,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

struct Listed {
    run_id: Uuid,
    flow: String,
    version: String,
    status: String,
    error: Option<Value>,
    started_by: String,
    started_at: Timestamp,
    updated_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl From<Listed> for RunRow {
    fn from(row: Listed) -> Self {
        Self {
            run_id: row.run_id.into(),
            flow: row.flow,
            version: row.version,
            status: row.status,
            error: row.error,
            started_by: row.started_by,
            started_at: row.started_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
        }
    }
}

/// One attempt of a call, from the journal.
#[derive(Debug, Clone)]
pub struct CallRow {
    pub number: i64,
    pub attempt: i32,
    pub task: String,
    pub function: String,
    pub effect: String,
    pub status: String,
    pub input: Value,
    pub output: Option<Value>,
    pub error: Option<Value>,
    pub usage: Option<Value>,
    pub sends: i32,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// What the interpreter did in one commit.
#[derive(Debug, Clone)]
pub struct StepRow {
    pub revision: i64,
    pub at: Timestamp,
    pub entries: Value,
}

/// Which runs to list, newest first.
#[derive(Debug, Clone)]
pub struct RunFilter {
    pub flow: Option<String>,
    /// Those of any of these; of all without any.
    pub statuses: Vec<Status>,
    pub started_after: Option<Timestamp>,
    pub started_before: Option<Timestamp>,
    /// Only this run and those after it.
    pub from: RunId,
    /// Only those before this one.
    pub before: RunId,
    pub limit: i64,
}

/// Runs by a filter and one more condition.
macro_rules! listed {
    ($tx:ident, $filter:ident, $statuses:ident, $condition:literal) => {
        sqlx::query_as!(
            Listed,
            "select run_id, flow, version, status, error, started_by, started_at, updated_at, ended_at
             from engine.run
             where $1 <= run_id and run_id < $2 and ($3::text is null or flow = $3)
               and (cardinality($4::text[]) = 0 or status = any($4))
               and ($5::timestamptz is null or $5 < started_at)
               and ($6::timestamptz is null or started_at < $6) "
                + $condition
                + " order by run_id desc limit $7",
            $filter.from.uuid(),
            $filter.before.uuid(),
            $filter.flow.as_deref(),
            &$statuses,
            $filter.started_after,
            $filter.started_before,
            $filter.limit,
        )
        .fetch_all($tx.conn())
        .await?
    };
}

/// Runs of the bound tenant, newest first.
pub async fn list(tx: &mut TenantTx, filter: &RunFilter) -> Result<Vec<RunRow>, StoreError> {
    let statuses = &filter.statuses;
    let are = |fits: fn(&Status) -> bool| !statuses.is_empty() && statuses.iter().all(fits);
    let wanted: Vec<String> = statuses.iter().map(|status| status.as_str().to_owned()).collect();
    // Each has the index that its last condition is for.
    let rows = if are(|status| *status == Status::Faulted) {
        listed!(tx, filter, wanted, "and error is not null")
    } else if are(|status| !status.has_ended()) {
        listed!(tx, filter, wanted, "and ended_at is null")
    } else if filter.flow.is_some() {
        listed!(tx, filter, wanted, "and flow = $3")
    } else {
        listed!(tx, filter, wanted, "")
    };
    Ok(rows.into_iter().map(RunRow::from).collect())
}

/// Runs of the bound tenant that failed, and that nobody took up or started again since; newest first.
pub async fn failed(tx: &mut TenantTx, limit: i64) -> Result<Vec<RunRow>, StoreError> {
    let rows = sqlx::query_as!(
        Listed,
        r#"
        select r.run_id, r.flow, r.version, r.status, r.error, r.started_by, r.started_at, r.updated_at, r.ended_at
        from engine.run r
        where r.error is not null and r.status = 'faulted'
          and not exists (select from engine.run_about a where a.thing_id = r.run_id)
        order by r.run_id desc
        limit $1
        "#,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(RunRow::from).collect())
}

/// One run of the bound tenant.
pub async fn get(tx: &mut TenantTx, run: RunId) -> Result<Option<RunRow>, StoreError> {
    let row = sqlx::query_as!(
        Listed,
        r#"
        select run_id, flow, version, status, error, started_by, started_at, updated_at, ended_at
        from engine.run where run_id = $1
        "#,
        run.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(RunRow::from))
}

/// The output of a run that completed.
pub async fn output(tx: &mut TenantTx, run: RunId) -> Result<Option<Value>, StoreError> {
    let mut stored = snapshot::load(tx, &[run]).await?;
    let state = stored.remove(&run).map(|stored| stored.state).transpose()?;
    Ok(state.and_then(|state| state.output().cloned()))
}

/// The journal of a run's calls, in order.
pub async fn calls(tx: &mut TenantTx, run: RunId) -> Result<Vec<CallRow>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select number, attempt, task, function, effect, status, input, output, error, usage, sends,
               created_at, started_at, ended_at
        from engine.call where run_id = $1 order by number, attempt
        "#,
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let parse = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
    Ok(rows
        .into_iter()
        .map(|row| CallRow {
            number: row.number,
            attempt: row.attempt,
            task: row.task,
            function: row.function,
            effect: row.effect,
            status: row.status,
            input: parse(&row.input),
            output: row.output.as_deref().map(parse),
            error: row.error,
            usage: row.usage,
            sends: row.sends,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
        .collect())
}

/// What the interpreter did, commit by commit.
pub async fn steps(tx: &mut TenantTx, run: RunId) -> Result<Vec<StepRow>, StoreError> {
    let rows = sqlx::query!(
        "select revision, at, entries from engine.step where run_id = $1 order by revision",
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StepRow { revision: row.revision, at: row.at, entries: row.entries })
        .collect())
}

/// Asks for a run of a flow. It begins once the transaction is committed.
pub async fn start(
    tx: &mut TenantTx,
    flow: &str,
    input: &Value,
    requested_by: &str,
) -> Result<RunId, StoreError> {
    let request = request(tx, flow, input, requested_by);
    Ok(ask_for(tx, vec![request]).await?.swap_remove(0))
}

/// Asks for a run of a flow in the place of another one.
pub async fn start_again(
    tx: &mut TenantTx,
    flow: &str,
    input: &Value,
    requested_by: &str,
    instead_of: RunId,
) -> Result<RunId, StoreError> {
    let mut request = request(tx, flow, input, requested_by);
    request.data["restarted_from"] = json!(instead_of);
    Ok(ask_for(tx, vec![request]).await?.swap_remove(0))
}

/// Asks for runs of flows, in the order given: pairs of a flow's name and an input.
pub async fn start_all(
    tx: &mut TenantTx,
    requests: &[(&str, &Value)],
    requested_by: &str,
) -> Result<Vec<RunId>, StoreError> {
    let asked = requests.iter().map(|(flow, input)| request(tx, flow, input, requested_by));
    let asked = asked.collect();
    ask_for(tx, asked).await
}

fn request(tx: &TenantTx, flow: &str, input: &Value, requested_by: &str) -> Event {
    let data = json!({ "flow": flow, "input": input, "requested_by": requested_by });
    tx.event(crate::EVENT_SOURCE, START_REQUESTED, None, data)
}

/// The follower writes the queue entries; each run has the id of its event.
async fn ask_for(tx: &mut TenantTx, requests: Vec<Event>) -> Result<Vec<RunId>, StoreError> {
    tx.append_all(&requests).await?;
    Ok(requests.into_iter().map(|event| event.id.uuid().into()).collect())
}

/// What a run was started with.
///
/// # Errors
/// [`StoreError::Corrupt`] when the event that started it is gone.
pub async fn input_of(tx: &mut TenantTx, flows: &Flows, run: RunId) -> Result<Value, StoreError> {
    let row = sqlx::query!(
        "select digest, trigger_event_id from engine.run where run_id = $1",
        run.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let gone = || StoreError::Corrupt(format!("what started the run {run} is not known any more"));
    let row = row.ok_or_else(gone)?;
    let event = row.trigger_event_id.ok_or_else(gone)?;
    let event = events::find(tx, event.into()).await?.ok_or_else(gone)?;
    if event.kind == START_REQUESTED {
        return Ok(event.data.get("input").cloned().unwrap_or_default());
    }
    let program = flows.by_digest(tx, &row.digest).await?;
    Ok(program.input_of(&event.envelope()))
}

/// The types of the events that a run hears; `*` for any.
pub async fn hears(tx: &mut TenantTx, run: RunId) -> Result<Vec<String>, StoreError> {
    let types = sqlx::query_scalar!(
        "select type from engine.subscription where run_id = $1 order by type",
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(types)
}

/// Asks a run to stop. Calls being made are given up; what they did stays done.
pub async fn cancel(tx: &mut TenantTx, run: RunId, reason: &str) -> Result<(), StoreError> {
    control(tx, run, &format!("cancel:{reason}")).await
}

/// Asks a faulted run to go on from the step that failed.
pub async fn retry(tx: &mut TenantTx, run: RunId) -> Result<(), StoreError> {
    control(tx, run, "retry").await
}

/// Asks for something else to happen to a run.
pub async fn ask(tx: &mut TenantTx, run: RunId, input: &Input) -> Result<(), StoreError> {
    let written = serde_json::to_string(input)
        .map_err(|error| StoreError::Corrupt(format!("a request to a run: {error}")))?;
    control(tx, run, &format!("input:{written}")).await
}

/// What a queue entry of the kind `control` asks for.
pub(crate) fn asked(control: &str) -> Result<Input, StoreError> {
    match control.split_once(':') {
        Some(("cancel", reason)) => Ok(Input::Cancel { reason: reason.to_owned() }),
        Some(("input", written)) => serde_json::from_str(written)
            .map_err(|error| StoreError::Corrupt(format!("a request to a run: {error}"))),
        _ => Ok(Input::Retry),
    }
}

async fn control(tx: &mut TenantTx, run: RunId, control: &str) -> Result<(), StoreError> {
    let (task, now): (TaskId, _) = (tx.new_id(), tx.now());
    sqlx::query!(
        r#"
        insert into engine.task (task_id, run_id, kind, control, run_at)
        values ($1, $2, 'control', $3, $4)
        "#,
        task.uuid(),
        run.uuid(),
        control,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_engine();
    Ok(())
}

/// How much waits in the queues of the bound tenant.
pub async fn backlog(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let tenant: Uuid = tx.tenant().uuid();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.task where tenant_id = $1"#,
        tenant
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}
