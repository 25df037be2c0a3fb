//! From the cookie of a browser to its session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use kernel::{TenantId, Timestamp};
use store::Db;

use super::{Session, SessionText, lifetimes};
use crate::{
    Problem, Role,
    identity::{people::PersonView, tenants::SecondFactorFor},
};

/// How long a proved session is believed without asking the database: the longest one that was ended elsewhere lives.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);
/// How many are remembered at the most.
const REMEMBERED_MAX: usize = 10_000;
/// How often a session in use is written down as seen.
const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Sessions that were proved a moment ago, by the hash of their cookie.
#[derive(Debug, Default)]
pub(crate) struct SessionCache(Mutex<HashMap<Vec<u8>, (Timestamp, Session)>>);

impl SessionCache {
    /// The session of a cookie; none when it ended, or never was.
    pub(crate) async fn find(
        &self,
        db: &Db,
        text: &SessionText,
    ) -> Result<Option<Session>, Problem> {
        let (hash, now) = (text.hash(), db.clock().now());
        if let Some((at, session)) = self.remembered().get(&hash) {
            let age = now - *at;
            // A clock that was set back must not make an old proof young.
            if TimeDelta::zero() <= age && age < BELIEVED && now < session.expires_at {
                return Ok(Some(session.clone()));
            }
        }
        let Some(session) = look_up(db, text, &hash, now).await? else { return Ok(None) };
        let mut remembered = self.remembered();
        if REMEMBERED_MAX <= remembered.len() {
            remembered.retain(|_, (at, _)| now - *at < BELIEVED);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(hash, (now, session.clone()));
        }
        Ok(Some(session))
    }

    /// Something about sessions changed here: the next request of each asks the database.
    pub(crate) fn forget_all(&self) {
        self.remembered().clear();
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<Vec<u8>, (Timestamp, Session)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_up(
    db: &Db,
    text: &SessionText,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Session>, Problem> {
    let mut tx = db.identity().await?;
    let row = sqlx::query!(
        r#"
        select s.session_id, s.person_id, s.active_tenant_id, s.is_complete, s.created_at, s.last_seen_at,
               s.verified_at, p.email, p.name, m.role as "role?",
               r.permissions as "permissions?", t.second_factor_for as "second_factor_for?",
               p.totp_confirmed_at is not null
                   or exists (select from identity.passkey k where k.person_id = p.person_id) as "has_second_factor!"
        from identity.session s
        join identity.person p using (person_id)
        left join identity.member m on m.person_id = s.person_id and m.tenant_id = s.active_tenant_id
        left join identity.tenant t on t.tenant_id = m.tenant_id
        left join identity.role r on r.tenant_id = m.tenant_id and r.name = m.role
        where s.secret_hash = $1 and p.disabled_at is null
        "#,
        hash,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = row.role.map(|name| Role::stored(&name, row.permissions)).transpose()?;
    let policy: Option<SecondFactorFor> =
        row.second_factor_for.map(|policy| policy.parse()).transpose()?;
    let needs_second_factor = !row.has_second_factor
        && policy.zip(role.as_ref()).is_some_and(|(policy, role)| policy.includes(role));
    let (idle, absolute) = lifetimes(role.as_ref(), row.is_complete);
    if row.last_seen_at + idle <= now || row.created_at + absolute <= now {
        sqlx::query!("delete from identity.session where session_id = $1", row.session_id)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
        return Ok(None);
    }
    if SEEN_EVERY <= now - row.last_seen_at {
        sqlx::query!(
            "update identity.session set last_seen_at = $2 where session_id = $1",
            row.session_id,
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await?;
    Ok(Some(Session {
        session_id: row.session_id.into(),
        person: PersonView { person_id: row.person_id.into(), email: row.email, name: row.name },
        active: row.active_tenant_id.map(TenantId::from).zip(role),
        is_complete: row.is_complete,
        needs_second_factor,
        verified_at: row.verified_at,
        expires_at: (now + idle).min(row.created_at + absolute),
        csrf_token: text.csrf_token(),
    }))
}
