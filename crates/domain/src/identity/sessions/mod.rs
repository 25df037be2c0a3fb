//! Sessions: browsers that are signed in, on the server's side.
//!
//! The cookie holds 256 random bits and nothing else; the database holds their hash. A session gets a new cookie
//! whenever it may do more than before.

mod authenticate;
mod get;
pub(super) mod limits;
mod list;
mod passkey;
mod prove;
mod sign_in;
mod sign_out;
mod switch;
mod text;
mod verify;

use chrono::TimeDelta;
use kernel::{PersonId, SessionId, TenantId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgConnection;

pub(crate) use authenticate::SessionCache;
pub(super) use prove::{Proof, prove};
pub(super) use sign_in::{note, note_with, tenant_of_last_time};
pub use text::SessionText;
pub(super) use text::{cookie, hash_of};

use super::people::PersonView;
use crate::{App, Caller, Operation, Principal, Problem, Role, operation::Visit};

/// How long who proved who they are is believed for what is delicate.
const VERIFIED: TimeDelta = TimeDelta::minutes(10);
/// How many requests a minute a browser may make.
const RATE_PER_MINUTE: u32 = 1_200;
/// How long a session without its second factor lives.
const INCOMPLETE: TimeDelta = TimeDelta::minutes(10);
/// The longest description of a browser that is kept.
const USER_AGENT_MAX: usize = 300;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        get::operation(),
        sign_in::operation(),
        sign_in::second_factor_operation(),
        passkey::begin_operation(),
        passkey::operation(),
        passkey::begin_proof_operation(),
        verify::operation(),
        switch::operation(),
        sign_out::operation(),
        list::operation(),
        list::end_operation(),
        list::end_others_operation(),
    ]
}

/// Something was done that has no more to tell.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Done {
    pub(super) done: bool,
}

/// A browser whose cookie proved whose it is.
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) session_id: SessionId,
    pub(crate) person: PersonView,
    /// The tenant that requests are about, and what the person may do there.
    pub(crate) active: Option<(TenantId, Role)>,
    /// Whether the second factor was given, where there is one.
    pub(crate) is_complete: bool,
    /// Whether the tenant lets them in with a second factor only, and they have none.
    pub(crate) needs_second_factor: bool,
    pub(crate) verified_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// What requests that change something repeat in the header `X-CSRF-Token`.
    pub(crate) csrf_token: String,
}

impl Session {
    /// The tenant that its requests are about.
    pub(in crate::identity) fn tenant(&self) -> Option<TenantId> {
        self.active.as_ref().map(|(tenant, _)| *tenant)
    }

    /// Who asks, in which tenant.
    pub(crate) fn caller(&self) -> Result<Caller, Problem> {
        if !self.is_complete {
            return Err(Problem::new(
                "unauthenticated",
                "the second factor is missing; give it with `POST /v1/session/second-factor`",
            ));
        }
        let Some((tenant, role)) = self.active.clone() else {
            return Err(Problem::new(
                "forbidden",
                "you are a member of no tenant; ask its owner to invite you",
            ));
        };
        if self.needs_second_factor {
            return Err(Problem::new(
                "second-factor-needed",
                "this tenant lets you in with a second factor only; set one up on the page /account, or with \
                 `POST /v1/totp`",
            ));
        }
        let principal = Principal::Member {
            person: self.person.person_id,
            name: self.person.name.clone(),
            verified_at: self.verified_at,
        };
        Ok(Caller { tenant, principal, role, rate_per_minute: Some(RATE_PER_MINUTE) })
    }

    /// Refuses what is delicate to who has not proved who they are for a while.
    pub(crate) fn require_verified(&self, now: Timestamp) -> Result<(), Problem> {
        require_verified(self.verified_at, now)
    }

    /// What a session is that takes this one's place.
    pub(super) fn like(&self) -> NewSession {
        NewSession {
            person: self.person.person_id,
            active: self.tenant(),
            is_complete: self.is_complete,
            verified_at: self.verified_at,
        }
    }
}

pub(crate) fn require_verified(verified_at: Timestamp, now: Timestamp) -> Result<(), Problem> {
    if now - verified_at < VERIFIED {
        return Ok(());
    }
    Err(Problem::new(
        "verification-needed",
        "prove again who you are, with your password, a passkey or a code: `POST /v1/session/verification`; it holds \
         for ten minutes",
    ))
}

/// What stands for the last proof of who has given none lately.
pub(super) fn unproved(now: Timestamp) -> Timestamp {
    now - VERIFIED
}

/// How long a session may be idle, and how long it lives at the most: shorter for who may do more.
fn lifetimes(role: Option<&Role>, is_complete: bool) -> (TimeDelta, TimeDelta) {
    match role {
        _ if !is_complete => (INCOMPLETE, INCOMPLETE),
        Some(role) if role.administers() => (TimeDelta::hours(1), TimeDelta::hours(24)),
        _ => (TimeDelta::hours(8), TimeDelta::days(7)),
    }
}

/// A session to be.
#[derive(Debug)]
pub(super) struct NewSession {
    pub(super) person: PersonId,
    pub(super) active: Option<TenantId>,
    pub(super) is_complete: bool,
    pub(super) verified_at: Timestamp,
}

/// Begins a session, in the place of the browser's earlier one.
pub(super) async fn begin(
    app: &App,
    conn: &mut PgConnection,
    visit: &Visit,
    new: NewSession,
) -> Result<SessionText, Problem> {
    if let Some(earlier) = &visit.session {
        sqlx::query!(
            "delete from identity.session where session_id = $1",
            earlier.session_id.uuid()
        )
        .execute(&mut *conn)
        .await?;
        app.sessions.forget_all();
    }
    let text = SessionText::generate(app.db.random());
    let id: SessionId = app.db.new_id();
    let agent = visit.user_agent.as_deref().map(|it| it.chars().take(USER_AGENT_MAX).collect());
    sqlx::query!(
        r#"
        insert into identity.session
            (session_id, secret_hash, person_id, active_tenant_id, is_complete, user_agent, address,
             created_at, last_seen_at, verified_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
        "#,
        id.uuid(),
        &text.hash(),
        new.person.uuid(),
        new.active.map(TenantId::uuid),
        new.is_complete,
        agent as Option<String>,
        visit.address.map(|address| address.to_string()),
        app.db.clock().now(),
        new.verified_at,
    )
    .execute(conn)
    .await?;
    Ok(text)
}

/// Ends every session of a person.
pub(super) async fn end_all(conn: &mut PgConnection, person: PersonId) -> Result<(), Problem> {
    sqlx::query!("delete from identity.session where person_id = $1", person.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
