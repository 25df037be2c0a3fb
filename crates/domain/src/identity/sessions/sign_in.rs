//! `POST /v1/session` and `POST /v1/session/second-factor`

use std::sync::Arc;

use kernel::{PersonId, Secret, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    NewSession, begin,
    limits::{self, Subjects},
};
use crate::{
    App, Operation, Problem,
    identity::{
        passkeys::PasskeyProof,
        passwords::{self, Verified},
        people::{self, Wanted},
        second_factor::Shown,
    },
    operation,
    operation::{CookieChange, Reply, Visit},
    text::EmailAddress,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: EmailAddress,
    password: Secret,
}

/// How far signing in got.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignInState {
    SignedIn,
    /// A code or a passkey is missing: `POST /v1/session/second-factor`.
    SecondFactor,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SignedIn {
    pub(super) state: SignInState,
}

pub(super) fn operation() -> Operation {
    operation!(account sign_in(SignIn) -> SignedIn)
        .post("/v1/session")
        .tag("session")
        .says(
            "Sign in",
            "For browsers: the answer sets a cookie that pages cannot read. Programs use tokens. After five wrong tries \
             of an account each further one waits longer.",
        )
        .answers_secret()
        .example(json!({ "email": "ada@example.com", "password": "correct horse battery" }))
}

async fn sign_in(app: Arc<App>, visit: Visit, input: SignIn) -> Result<Reply<SignedIn>, Problem> {
    let email = input.email.normalised();
    let subjects = Subjects::new(&email, visit.address);
    limits::attempt(&app, &subjects).await?;
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Email(&email)).await?;
    tx.commit().await?;
    let known = found.filter(|known| !known.is_disabled);
    let hash = known.as_ref().and_then(|known| known.password_hash.clone());
    let again = Secret::new(input.password.expose());
    let verified = passwords::verify(&app, input.password, hash).await?;
    let Some(known) = known.filter(|_| verified != Verified::No) else {
        return Err(Problem::new(
            "sign-in-refused",
            "the e-mail address or the password is wrong; try again, or choose a new password by e-mail",
        ));
    };
    limits::succeeded(&app, &subjects).await?;
    let person = known.person.person_id;
    let rehashed = match verified {
        Verified::Outdated => Some(passwords::hash(&app, again).await?),
        _ => None,
    };
    let is_complete = !known.has_second_factor();
    let mut tx = app.db.identity().await?;
    if let Some(hash) = rehashed {
        passwords::store(tx.conn(), person, &hash).await?;
    }
    let active = tenant_of_last_time(tx.conn(), person).await?;
    let verified_at = app.db.clock().now();
    let new = NewSession { person, active, is_complete, verified_at };
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    if is_complete {
        note(&app, active, person, "sign_in").await?;
    }
    let state = if is_complete { SignInState::SignedIn } else { SignInState::SecondFactor };
    Ok(Reply::new(SignedIn { state }).with_cookie(CookieChange::Set(text)))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GiveSecondFactor {
    /// Six digits from the authenticator app, or one of the recovery codes.
    #[serde(default)]
    #[schemars(length(min = 6, max = 40))]
    code: Option<String>,
    /// The answer to `POST /v1/session/verification/challenge`, in the place of a code.
    #[serde(default)]
    passkey: Option<PasskeyProof>,
}

pub(super) fn second_factor_operation() -> Operation {
    operation!(account give_second_factor(GiveSecondFactor) -> SignedIn)
        .post("/v1/session/second-factor")
        .tag("session")
        .says(
            "Give the second factor",
            "A code or a passkey, after the password, within ten minutes. Each code counts once.",
        )
        .answers_secret()
        .example(json!({ "code": "123456" }))
}

async fn give_second_factor(
    app: Arc<App>,
    visit: Visit,
    input: GiveSecondFactor,
) -> Result<Reply<SignedIn>, Problem> {
    let session = visit.session.as_ref().ok_or_else(|| {
        Problem::new("unauthenticated", "the password comes first: `POST /v1/session`")
    })?;
    let done = || SignedIn { state: SignInState::SignedIn };
    if session.is_complete {
        return Ok(Reply::new(done()));
    }
    let person = session.person.person_id;
    let subjects = Subjects::new(&format!("second factor {person}"), visit.address);
    limits::attempt(&app, &subjects).await?;
    let shown = Shown::open(&app, session, input.code, input.passkey).await?;
    let mut tx = app.db.identity().await?;
    let found = people::find(tx.conn(), Wanted::Id(person)).await?;
    let known = found.ok_or_else(|| Problem::not_found("person"))?;
    let refusal = shown.refusal();
    if !shown.take(&app, tx.conn(), &known).await? {
        return Err(refusal);
    }
    let active = tenant_of_last_time(tx.conn(), person).await?;
    let verified_at = app.db.clock().now();
    let new = NewSession { person, active, is_complete: true, verified_at };
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    limits::succeeded(&app, &subjects).await?;
    note(&app, active, person, "sign_in").await?;
    Ok(Reply::new(done()).with_cookie(CookieChange::Set(text)))
}

/// The tenant that the person looked at last, else the first one.
pub(in crate::identity) async fn tenant_of_last_time(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Option<TenantId>, Problem> {
    let found = sqlx::query_scalar!(
        r#"
        select m.tenant_id
        from identity.member m
        join identity.tenant t using (tenant_id)
        left join lateral (
            select max(s.last_seen_at) as seen_at from identity.session s
            where s.person_id = m.person_id and s.active_tenant_id = m.tenant_id
        ) s on true
        where m.person_id = $1
        order by s.seen_at desc nulls last, t.name, m.tenant_id
        limit 1
        "#,
        person.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(TenantId::from))
}

/// Tells a tenant's audit trail what one of its members did.
pub(in crate::identity) async fn note(
    app: &App,
    tenant: Option<TenantId>,
    person: PersonId,
    action: &str,
) -> Result<(), Problem> {
    note_with(app, tenant, person, action, &json!({})).await
}

/// The same, with more to tell.
pub(in crate::identity) async fn note_with(
    app: &App,
    tenant: Option<TenantId>,
    person: PersonId,
    action: &str,
    detail: &Value,
) -> Result<(), Problem> {
    let Some(tenant) = tenant else { return Ok(()) };
    let mut tx = app.db.tenant(tenant).await?;
    let (actor, resource) = (format!("member:{person}"), person.to_string());
    store::audit::record(&mut tx, &actor, action, &resource, detail).await?;
    tx.commit().await?;
    Ok(())
}
