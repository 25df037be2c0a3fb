//! What runs wait for: people's answers, a look at the other side, a hand after a failure.

use engine::runs::{self, RunRow};
use kernel::{AlertId, HumanTaskId, RunId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::TenantTx;
use uuid::Uuid;

use super::{COUNT_MAX, Scope, Section};
use crate::{
    Caller, Permission, Problem,
    crm::clients::{self, AboutClient, OfRuns},
};

/// Something that a run asks people for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AskedTask {
    human_task_id: HumanTaskId,
    /// `approval` or `assignment`.
    kind: String,
    title: String,
    run_id: RunId,
    flow: String,
    /// Whom it is meant for, as the flow names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// Whether the caller's role may answer it.
    is_answerable: bool,
    asked_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    is_overdue: bool,
    #[serde(flatten)]
    about: AboutClient,
}

/// A call of which nobody knows whether it was done.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UnclearSend {
    /// Resolve it when you looked.
    alert_id: AlertId,
    run_id: RunId,
    /// The call's number in its run.
    number: i64,
    function: String,
    /// What it was asked to do: the most telling values of its input, three at the most, each cut to 80 characters.
    gist: Vec<InputFact>,
    /// The step that made it, and the attempt; absent when the run is not kept any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_status: Option<String>,
    at: Timestamp,
    #[serde(flatten)]
    about: AboutClient,
}

/// A value of a call's input.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct InputFact {
    name: String,
    value: String,
}

/// A run that failed and that nobody took up.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FailedRun {
    run_id: RunId,
    flow: String,
    version: String,
    /// The step that failed, as a JSON pointer into the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// A few words.
    error: String,
    /// The whole sentence, which may quote the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_detail: Option<String>,
    started_at: Timestamp,
    failed_at: Timestamp,
    #[serde(flatten)]
    about: AboutClient,
}

/// Whom these runs are about, if the caller may know.
async fn about(tx: &mut TenantTx, caller: &Caller, runs: &[Uuid]) -> Result<OfRuns, Problem> {
    if !caller.may(Permission::ReadClients) {
        return Ok(OfRuns::new());
    }
    clients::of_runs(tx, runs).await
}

pub(super) async fn asked(
    tx: &mut TenantTx,
    caller: &Caller,
    scope: Scope,
) -> Result<Section<AskedTask>, Problem> {
    let rows = sqlx::query!(
        r#"
        with open as (
            select human_task_id, kind, title, run_id, flow, assignee, roles, created_at, due_at
            from engine.human_task where status = 'open' order by human_task_id limit $1
        )
        select *, (select count(*) from open) as "count!"
        from open order by due_at nulls last, human_task_id limit $2
        "#,
        COUNT_MAX,
        scope.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let (count, now) = (rows.first().map_or(0, |row| row.count), tx.now());
    let runs: Vec<Uuid> = rows.iter().map(|row| row.run_id).collect();
    let known = about(tx, caller, &runs).await?;
    let role = caller.role.to_string();
    let answers = caller.may(Permission::WriteHumanTasks);
    let items = rows.into_iter().map(|row| AskedTask {
        human_task_id: row.human_task_id.into(),
        kind: row.kind,
        title: row.title,
        run_id: row.run_id.into(),
        flow: row.flow,
        assignee: row.assignee,
        is_answerable: answers
            && (row.roles.is_empty() || role == "owner" || row.roles.contains(&role)),
        asked_at: row.created_at,
        due_at: row.due_at,
        is_overdue: row.due_at.is_some_and(|due| due < now),
        about: AboutClient::of(row.run_id.into(), &known),
    });
    Ok(scope.section(count, items.collect(), |task| &task.about))
}

pub(super) async fn unclear(
    tx: &mut TenantTx,
    caller: &Caller,
    scope: Scope,
) -> Result<Section<UnclearSend>, Problem> {
    let alerts = sqlx::query!(
        r#"
        with open as (
            select alert_id, cause, detail, last_at from messaging.alert
            where kind = 'call.outcome_unknown' and resolved_at is null limit $1
        )
        select *, (select count(*) from open) as "count!" from open order by alert_id desc limit $2
        "#,
        COUNT_MAX,
        scope.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = alerts.first().map_or(0, |row| row.count);
    let calls: Vec<_> = alerts
        .into_iter()
        .filter_map(|alert| call_of(&alert.cause).map(|(run, number)| (alert, run, number)))
        .collect();
    let runs: Vec<Uuid> = calls.iter().map(|(_, run, _)| run.uuid()).collect();
    let known = about(tx, caller, &runs).await?;
    let found = calls
        .into_iter()
        .map(|(alert, run, number)| (alert, run, number, AboutClient::of(run, &known)))
        .collect();
    // What was asked is read of those only that are shown: it may be large.
    let Section { count, items: found } = scope.section(count, found, |(.., about)| about);
    let (runs, numbers): (Vec<Uuid>, Vec<i64>) =
        found.iter().map(|(_, run, number, _)| (run.uuid(), *number)).unzip();
    let journal = sqlx::query!(
        r#"
        select w.run_id as "run_id!", w.number as "number!", c.task, c.attempt, c.input, c.started_at, r.flow, r.status
        from unnest($1::uuid[], $2::bigint[]) as w (run_id, number)
        cross join lateral (
            select task, attempt, input, started_at from engine.call
            where run_id = w.run_id and run_id = any($1) and number = w.number and status = 'unknown'
            order by attempt desc limit 1
        ) c
        join engine.run r on r.run_id = w.run_id and r.run_id = any($1)
        "#,
        &runs,
        &numbers,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut items = Vec::new();
    for (alert, run_id, number, about) in found {
        let call = journal.iter().find(|row| row.run_id == run_id.uuid() && row.number == number);
        items.push(UnclearSend {
            alert_id: alert.alert_id.into(),
            run_id,
            number,
            function: alert.detail["function"].as_str().unwrap_or_default().to_owned(),
            gist: call.map(|call| gist(&call.input)).unwrap_or_default(),
            task: call.map(|call| call.task.clone()),
            attempt: call.map(|call| call.attempt),
            flow: call.map(|call| call.flow.clone()),
            run_status: call.map(|call| call.status.clone()),
            at: call.and_then(|call| call.started_at).unwrap_or(alert.last_at),
            about,
        });
    }
    Ok(Section { count, items })
}

/// The call that an alert is about, by the alert's cause: `call.outcome_unknown:run_…-3`.
fn call_of(cause: &str) -> Option<(RunId, i64)> {
    let (run, number) = cause.split_once(':')?.1.rsplit_once('-')?;
    Some((run.parse().ok()?, number.parse().ok()?))
}

/// What tells people which message, page or record a call is about, the most telling first.
const TELLING: [&str; 9] =
    ["to", "channel", "recipient", "phone", "email", "subject", "title", "company_name", "text"];
const GIST_MAX: usize = 3;
const GIST_VALUE_MAX: usize = 80;

fn gist(input: &[u8]) -> Vec<InputFact> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(input) else { return Vec::new() };
    let rank = |name: &str| TELLING.iter().position(|telling| *telling == name);
    let mut facts: Vec<InputFact> = fields
        .into_iter()
        .filter_map(|(name, value)| {
            let value = match value {
                Value::String(text) if !text.trim().is_empty() => text,
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut value: String = words.chars().take(GIST_VALUE_MAX).collect();
            if value.len() < words.len() {
                value.push('…');
            }
            Some(InputFact { name, value })
        })
        .collect();
    facts.sort_by_key(|fact| rank(&fact.name).unwrap_or(TELLING.len()));
    facts.truncate(GIST_MAX);
    facts
}

pub(super) async fn failed(
    tx: &mut TenantTx,
    caller: &Caller,
    scope: Scope,
) -> Result<Section<FailedRun>, Problem> {
    let mut rows = runs::failed(tx, COUNT_MAX).await?;
    let count = rows.len().try_into().unwrap_or(COUNT_MAX);
    let failed_at = |row: &RunRow| row.ended_at.unwrap_or(row.updated_at);
    rows.sort_by_key(|row| std::cmp::Reverse(failed_at(row)));
    rows.truncate(usize::try_from(scope.rows()).unwrap_or_default());
    let ids: Vec<Uuid> = rows.iter().map(|row| row.run_id.uuid()).collect();
    let known = about(tx, caller, &ids).await?;
    let items = rows.into_iter().map(|row| {
        let failed_at = failed_at(&row);
        let error = row.error.unwrap_or(Value::Null);
        let text = |name: &str| error[name].as_str().map(str::to_owned);
        FailedRun {
            run_id: row.run_id,
            flow: row.flow,
            version: row.version,
            task: text("instance"),
            error: text("title").unwrap_or_else(|| "failed".to_owned()),
            error_detail: text("detail"),
            started_at: row.started_at,
            failed_at,
            about: AboutClient::of(row.run_id, &known),
        }
    });
    Ok(scope.section(count, items.collect(), |run| &run.about))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_gist_of_a_call_is_what_tells_people_which_one_it_is() {
        let long = "a b\n".repeat(30);
        let input =
            json!({ "blocks": [1], "amount": 5, "text": long, "channel": "#team", "zone": " " });
        let facts = gist(&serde_json::to_vec(&input).unwrap());
        let cut = format!("{}…", "a b ".repeat(20));
        let fact = |name: &str, value: &str| InputFact { name: name.into(), value: value.into() };
        assert_eq!(facts, [fact("channel", "#team"), fact("text", &cut), fact("amount", "5")]);
        for other in [&b"[1]"[..], b"null", b"not JSON"] {
            assert_eq!(gist(other), []);
        }
    }

    #[test]
    fn an_alert_names_the_call_it_is_about() {
        let run: RunId = "run_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(call_of(&format!("call.outcome_unknown:{run}-12")), Some((run, 12)));
        for other in ["", "call.outcome_unknown", "call.outcome_unknown:run_1-2", "run.faulted:x"] {
            assert_eq!(call_of(other), None, "{other}");
        }
    }
}
