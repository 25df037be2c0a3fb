//! What runs ask people for: an approval, or something to be done. The run waits until somebody says what came of it.
//!
//! A task completes by an event: in one transaction the log is told and the call is settled, so nothing is said twice
//! and nothing is lost.

use flow::{APPROVAL_REQUEST, FlowError, Input, Standard, TASK_ASSIGN};
use kernel::{HumanTaskId, RunId, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{StoreError, TenantTx};

use crate::{
    EVENT_SOURCE, FunctionInfo,
    advance::Progress,
    children::{self, AwaitedCall},
};

/// The roles that a task may be kept for.
const ROLES: [&str; 4] = ["owner", "admin", "manager", "staff"];

/// The functions that people answer.
pub(crate) fn catalog() -> [FunctionInfo; 2] {
    let schema = |more: Value| {
        let mut properties = json!({
            "title": { "type": "string", "minLength": 1, "maxLength": 200 },
            "description": { "type": "string", "maxLength": 10_000 },
            "assignee": { "type": "string", "minLength": 1, "maxLength": 200 },
            "roles": { "type": "array", "items": { "enum": ROLES }, "uniqueItems": true },
            "due": { "type": "string", "minLength": 1 },
            "details": { "type": "object" },
        });
        if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
            properties.extend(more);
        }
        json!({
            "type": "object", "required": ["title"], "properties": properties,
            "additionalProperties": false,
        })
    };
    let text = json!({ "type": "string" });
    let at = json!({ "type": "string", "format": "date-time" });
    [
        FunctionInfo {
            name: APPROVAL_REQUEST.to_owned(),
            summary: "Ask people for a decision, and wait for it".to_owned(),
            effect: None,
            input: schema(json!({})),
            output: json!({
                "type": "object", "required": ["decision", "decided_by", "decided_at", "human_task_id"],
                "properties": {
                    "decision": { "enum": ["approved", "rejected"] },
                    "comment": { "type": ["string", "null"] },
                    "decided_by": text, "decided_at": at, "human_task_id": text,
                },
            }),
        },
        FunctionInfo {
            name: TASK_ASSIGN.to_owned(),
            summary: "Give people something to do, and wait until it is done".to_owned(),
            effect: None,
            input: schema(json!({ "form": { "type": "object" } })),
            output: json!({
                "type": "object", "required": ["result", "completed_by", "completed_at", "human_task_id"],
                "properties": {
                    "result": {}, "completed_by": text, "completed_at": at, "human_task_id": text,
                },
            }),
        },
    ]
}

#[derive(Debug, Deserialize)]
struct Asked {
    title: String,
    description: Option<String>,
    assignee: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    /// A duration from now, or a moment (RFC 3339).
    due: Option<String>,
    details: Option<Value>,
    form: Option<Value>,
}

impl Asked {
    fn due_at(&self, now: Timestamp) -> Result<Option<Timestamp>, FlowError> {
        let Some(due) = &self.due else { return Ok(None) };
        if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(due) {
            return Ok(Some(moment.to_utc()));
        }
        let millis = flow::duration_ms(&json!(due)).map_err(|reason| {
            let detail = format!("`due` is neither a moment such as 2027-01-31T12:00:00Z nor a duration such as P2D: {reason}");
            Standard::Validation.error(detail)
        })?;
        Ok(now.checked_add_signed(chrono::TimeDelta::milliseconds(millis)))
    }
}

/// Opens the task that a call asks for.
pub(crate) async fn open(
    tx: &mut TenantTx,
    progress: &mut Progress,
    call: AwaitedCall,
) -> Result<Option<Input>, StoreError> {
    let refused = |error: FlowError| Ok(Some(Input::CallFailed { call: call.number, error }));
    let asked = match Asked::deserialize(&call.input) {
        Ok(asked) => asked,
        Err(error) => return refused(Standard::Validation.error(error.to_string())),
    };
    let (now, id): (_, HumanTaskId) = (tx.now(), tx.new_id());
    let due_at = match asked.due_at(now) {
        Ok(due_at) => due_at,
        Err(error) => return refused(error),
    };
    if let Some(role) = asked.roles.iter().find(|role| !ROLES.contains(&role.as_str())) {
        let detail = format!("there is no role `{role}`; the roles are {}", ROLES.join(", "));
        return refused(Standard::Validation.error(detail));
    }
    let kind = if call.function == APPROVAL_REQUEST { "approval" } else { "assignment" };
    let flow = progress.program.name();
    sqlx::query!(
        r#"
        insert into engine.human_task (human_task_id, kind, status, run_id, number, flow, title, description, assignee,
                                       roles, details, form, due_at, created_at)
        values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        id.uuid(),
        kind,
        progress.run.uuid(),
        i64::try_from(call.number).unwrap_or(i64::MAX),
        flow,
        asked.title,
        asked.description,
        asked.assignee,
        &asked.roles,
        asked.details,
        asked.form,
        due_at,
        now,
    )
    .execute(tx.conn())
    .await?;
    let data = json!({
        "human_task_id": id, "kind": kind, "run_id": progress.run, "flow": flow,
        "assignee": asked.assignee, "roles": asked.roles, "due_at": due_at,
    });
    let opened = tx.event(EVENT_SOURCE, "human_task.opened", Some(id.to_string()), data);
    progress.events.push(opened);
    progress.awaited.push(call);
    Ok(None)
}

/// A task as people see it.
#[derive(Debug, Clone)]
pub struct HumanTaskRow {
    pub human_task_id: HumanTaskId,
    pub kind: String,
    pub status: String,
    pub run_id: RunId,
    pub number: i64,
    pub flow: String,
    pub title: String,
    pub description: Option<String>,
    pub assignee: Option<String>,
    pub roles: Vec<String>,
    pub details: Option<Value>,
    /// JSON Schema of what is to be given.
    pub form: Option<Value>,
    pub outcome: Option<Value>,
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
}

/// Which tasks to list: newest first, before a given one.
#[derive(Debug, Clone, Default)]
pub struct HumanTaskFilter {
    pub status: Option<String>,
    pub kind: Option<String>,
    pub assignee: Option<String>,
    pub run: Option<RunId>,
    pub before: Option<HumanTaskId>,
    pub limit: i64,
}

/// Tasks of the bound tenant, newest first.
pub async fn list(
    tx: &mut TenantTx,
    filter: &HumanTaskFilter,
) -> Result<Vec<HumanTaskRow>, StoreError> {
    let rows = sqlx::query_as!(
        HumanTaskRow,
        r#"
        select human_task_id, kind, status, run_id, number, flow, title, description, assignee, roles, details, form,
               outcome, due_at, created_at, ended_at, ended_by
        from engine.human_task
        where tenant_id = $1 and ($2::text is null or status = $2) and ($3::text is null or kind = $3)
          and ($4::text is null or assignee = $4) and ($5::uuid is null or run_id = $5)
          and ($6::uuid is null or human_task_id < $6)
        order by human_task_id desc
        limit $7
        "#,
        tx.tenant().uuid(),
        filter.status,
        filter.kind,
        filter.assignee,
        filter.run.map(RunId::uuid),
        filter.before.map(HumanTaskId::uuid),
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One task of the bound tenant.
pub async fn get(tx: &mut TenantTx, id: HumanTaskId) -> Result<Option<HumanTaskRow>, StoreError> {
    let row = sqlx::query_as!(
        HumanTaskRow,
        r#"
        select human_task_id, kind, status, run_id, number, flow, title, description, assignee, roles, details, form,
               outcome, due_at, created_at, ended_at, ended_by
        from engine.human_task where tenant_id = $1 and human_task_id = $2
        "#,
        tx.tenant().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Says what came of an open task. Its run goes on with `outcome` as what the call gave. Whether it was open still.
pub async fn complete(
    tx: &mut TenantTx,
    task: &HumanTaskRow,
    outcome: Value,
    by: &str,
) -> Result<bool, StoreError> {
    let (id, now) = (task.human_task_id, tx.now());
    let written = sqlx::query!(
        r#"
        update engine.human_task set status = 'completed', outcome = $3, ended_at = $4, ended_by = $5
        where tenant_id = $1 and human_task_id = $2 and status = 'open'
        "#,
        tx.tenant().uuid(),
        id.uuid(),
        outcome,
        now,
        by,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    if written == 0 {
        return Ok(false);
    }
    let data = json!({
        "human_task_id": id, "kind": task.kind, "run_id": task.run_id, "flow": task.flow, "by": by,
        "decision": outcome.get("decision"),
    });
    tx.append(EVENT_SOURCE, "human_task.completed", Some(id.to_string()), data).await?;
    children::settle(tx, task.run_id, task.number, &Ok(outcome)).await?;
    Ok(true)
}

/// Closes the task of a call that nobody waits for any more.
pub(crate) async fn abandon(tx: &mut TenantTx, run: RunId, number: i64) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        update engine.human_task set status = 'cancelled', ended_at = $4
        where tenant_id = $1 and run_id = $2 and number = $3 and status = 'open'
        "#,
        tx.tenant().uuid(),
        run.uuid(),
        number,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
