//! `GET /v1/sessions`, `DELETE /v1/sessions/{session_id}` and `DELETE /v1/sessions`

use std::sync::Arc;

use kernel::{SessionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Done;
use crate::{
    App, Operation, Problem, operation,
    operation::{Reply, Visit},
};

/// How many are listed; older ones end by themselves.
const LISTED_MAX: i64 = 100;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListSessions {}

/// A browser that is signed in.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionListed {
    session_id: SessionId,
    /// Whether it is the one that asks.
    is_current: bool,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    created_at: Timestamp,
    last_seen_at: Timestamp,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sessions {
    items: Vec<SessionListed>,
}

pub(super) fn operation() -> Operation {
    operation!(account list_sessions(ListSessions) -> Sessions)
        .get("/v1/sessions")
        .tag("session")
        .says("List sessions", "Where this person is signed in, the latest first.")
}

async fn list_sessions(
    app: Arc<App>,
    visit: Visit,
    _: ListSessions,
) -> Result<Reply<Sessions>, Problem> {
    let session = visit.signed_in()?;
    let mut tx = app.db.identity().await?;
    let rows = sqlx::query!(
        r#"
        select session_id, user_agent, address, created_at, last_seen_at
        from identity.session where person_id = $1 and is_complete
        order by last_seen_at desc, session_id
        limit $2
        "#,
        session.person.person_id.uuid(),
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let items = rows
        .into_iter()
        .map(|row| SessionListed {
            session_id: row.session_id.into(),
            is_current: row.session_id == session.session_id.uuid(),
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
        .collect();
    Ok(Reply::new(Sessions { items }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EndSession {
    session_id: SessionId,
}

pub(super) fn end_operation() -> Operation {
    operation!(account end_session(EndSession) -> Done)
        .delete("/v1/sessions/{session_id}")
        .tag("session")
        .says("End a session", "Signs out another browser of this person, within seconds.")
        .answers_secret()
        .example(json!({ "session_id": SessionId::from(uuid::Uuid::nil()) }))
}

async fn end_session(
    app: Arc<App>,
    visit: Visit,
    input: EndSession,
) -> Result<Reply<Done>, Problem> {
    let session = visit.signed_in()?;
    let mut tx = app.db.identity().await?;
    let ended = sqlx::query!(
        "delete from identity.session where session_id = $1 and person_id = $2",
        input.session_id.uuid(),
        session.person.person_id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    if ended.rows_affected() == 0 {
        return Err(Problem::not_found("session"));
    }
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(Done { done: true }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EndOtherSessions {}

pub(super) fn end_others_operation() -> Operation {
    operation!(account end_other_sessions(EndOtherSessions) -> Done)
        .delete("/v1/sessions")
        .tag("session")
        .says(
            "Sign out everywhere else",
            "Ends every session of this person but the one that asks.",
        )
        .answers_secret()
}

async fn end_other_sessions(
    app: Arc<App>,
    visit: Visit,
    _: EndOtherSessions,
) -> Result<Reply<Done>, Problem> {
    let session = visit.signed_in()?;
    let mut tx = app.db.identity().await?;
    sqlx::query!(
        "delete from identity.session where person_id = $1 and session_id <> $2",
        session.person.person_id.uuid(),
        session.session_id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(Reply::new(Done { done: true }))
}
