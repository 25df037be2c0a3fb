//! What the calls of a run wait for: a pause before the next try, a connection that is left alone, a person.

use std::collections::HashMap;

use engine::human_tasks::{self, HumanTaskFilter};
use flow::State;
use kernel::{RunId, Timestamp};
use serde_json::Value;
use store::TenantTx;

use crate::Problem;

/// How many tasks of people one run is shown to wait for.
const HUMAN_TASKS_MAX: i64 = 100;

/// Until when a call waits, if that is known, and for what, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: Option<Timestamp>,
    pub(super) reason: String,
}

/// The waits of a run's calls, by number and attempt.
#[derive(Debug, Default)]
pub(super) struct Waits {
    queued: HashMap<(i64, i32), Wait>,
    paused: HashMap<i64, Timestamp>,
    of_people: HashMap<i64, Wait>,
}

impl Waits {
    /// What a call in this state waits for. `is_last` is the latest attempt of its number.
    pub(super) fn of(
        &self,
        number: i64,
        attempt: i32,
        status: &str,
        is_last: bool,
    ) -> Option<Wait> {
        match status {
            "scheduled" => self.queued.get(&(number, attempt)).cloned(),
            "failed" | "unknown" if is_last => self.paused.get(&number).map(|until| Wait {
                until: Some(*until),
                reason: "it failed and is tried again after a pause".to_owned(),
            }),
            "started" => self.of_people.get(&number).cloned(),
            _ => None,
        }
    }
}

pub(super) async fn load(tx: &mut TenantTx, run: RunId) -> Result<Waits, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        select t.number as "number!", t.attempt as "attempt!", t.run_at, j.function,
               b.reason as "reason?", b.open_until as "open_until?"
        from engine.task t
        join engine.call j on j.run_id = t.run_id and j.number = t.number and j.attempt = t.attempt
        left join engine.breaker b on b.connector = split_part(j.function, '.', 1)
        where t.tenant_id = $1 and t.run_id = $2 and t.kind = 'call' and t.owner is null
        "#,
        tx.tenant().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let queued = rows
        .into_iter()
        .map(|row| {
            let connector = row.function.split('.').next().unwrap_or_default();
            // It counts as open until a call shows that the connection works again.
            let breaker = row.reason.as_deref().filter(|_| row.open_until.is_some());
            let reason = reason_of(connector, breaker, now < row.run_at);
            ((row.number, row.attempt), Wait { until: Some(row.run_at), reason })
        })
        .collect();
    Ok(Waits { queued, paused: paused(tx, run).await?, of_people: of_people(tx, run).await? })
}

/// The answers of people that the run waits for.
async fn of_people(tx: &mut TenantTx, run: RunId) -> Result<HashMap<i64, Wait>, Problem> {
    let filter = HumanTaskFilter {
        status: Some("open".to_owned()),
        run: Some(run),
        limit: HUMAN_TASKS_MAX,
        ..HumanTaskFilter::default()
    };
    let tasks = human_tasks::list(tx, &filter).await?;
    Ok(tasks
        .into_iter()
        .map(|task| {
            let whom = task.assignee.unwrap_or_else(|| "somebody".to_owned());
            let reason = format!("{whom} is asked “{}” ({})", task.title, task.human_task_id);
            (task.number, Wait { until: None, reason })
        })
        .collect())
}

/// Why a call is in the queue and nobody makes it.
fn reason_of(connector: &str, breaker: Option<&str>, is_put_off: bool) -> String {
    match breaker {
        Some("credentials refused") => format!(
            "the credentials of the connection `{connector}` are refused; set them again with `handoff connection set {connector}`, and the call is made at once"
        ),
        Some("asked to slow down") => {
            format!("`{connector}` asked to slow down, so its calls pause")
        }
        Some(_) => format!(
            "calls of the connection `{connector}` failed too often lately, so it is left alone for a while; `handoff connection test {connector}` says whether it works"
        ),
        None if is_put_off => format!("calls of the connection `{connector}` pause"),
        None => "as many calls as this server makes at a time are under way".to_owned(),
    }
}

/// The calls that are made again after a pause.
async fn paused(tx: &mut TenantTx, run: RunId) -> Result<HashMap<i64, Timestamp>, Problem> {
    let stored = sqlx::query_scalar!("select state from engine.run where run_id = $1", run.uuid())
        .fetch_optional(tx.conn())
        .await?;
    // A state of another release tells no pauses, and the rest of the answer is still worth giving.
    let state = stored
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .and_then(|json| State::hydrate(json, |_large| Some(Value::Null)).ok());
    let pauses = state.map(|state| state.pauses()).unwrap_or_default();
    let number = |call: u64| i64::try_from(call).unwrap_or(i64::MAX);
    Ok(pauses.into_iter().map(|(call, until)| (number(call), until)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_names_the_connection_and_what_to_do() {
        let refused = reason_of("slack", Some("credentials refused"), true);
        assert!(refused.contains("`handoff connection set slack`"), "{refused}");
        let failing = reason_of("slack", Some("too many failures"), true);
        assert!(failing.contains("`handoff connection test slack`"), "{failing}");
        let sentences: std::collections::HashSet<String> = [
            refused,
            failing,
            reason_of("slack", Some("asked to slow down"), true),
            reason_of("slack", None, true),
            reason_of("slack", None, false),
        ]
        .into();
        assert_eq!(sentences.len(), 5);
    }

    #[test]
    fn only_the_latest_attempt_waits_for_the_next() {
        let until: Timestamp = "2026-11-21T09:30:00Z".parse().unwrap();
        let waits = Waits { paused: HashMap::from([(3, until)]), ..Waits::default() };
        assert_eq!(waits.of(3, 1, "failed", false), None);
        assert_eq!(waits.of(3, 2, "failed", true).map(|wait| wait.until), Some(Some(until)));
        assert_eq!(waits.of(3, 2, "succeeded", true), None);
        assert_eq!(waits.of(4, 1, "failed", true), None);
    }
}
