//! `GET /v1/session`

use std::sync::Arc;

use kernel::{TenantId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    App, Operation, Permission, Problem, RoleName,
    identity::{
        people::{self, Membership, Wanted},
        provider,
    },
    operation,
    operation::{Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetSession {}

/// Whose browser this is, and what may be done with it.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionView {
    /// `second_factor` while it is missing; nothing else can be asked then.
    state: SessionState,
    person: SignedInPerson,
    /// The tenant that requests are about; absent for a member of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<ActiveTenant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    permissions: Vec<Permission>,
    /// Whether the tenant lets this person in with a second factor only, and there is none yet: it is to be set up first.
    needs_second_factor: bool,
    /// All tenants that the person is a member of, by name.
    tenants: Vec<Membership>,
    /// To be repeated in the header `X-CSRF-Token` by every request that changes something.
    csrf_token: String,
    /// When the session ends unless it is used.
    expires_at: Timestamp,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SessionState {
    SignedIn,
    SecondFactor,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SignedInPerson {
    #[serde(flatten)]
    person: people::PersonView,
    has_password: bool,
    /// Whether an authenticator app is in use.
    has_totp: bool,
    has_passkey: bool,
    /// Whether the provider of this installation signs the person in, too.
    has_provider: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ActiveTenant {
    tenant_id: TenantId,
    name: String,
    slug: String,
    home_currency: String,
    time_zone: String,
}

pub(super) fn operation() -> Operation {
    operation!(account get_session(GetSession) -> SessionView)
        .get("/v1/session")
        .tag("session")
        .says("Get the session", "Who is signed in with this browser, in which tenant, as what.")
}

async fn get_session(
    app: Arc<App>,
    visit: Visit,
    _: GetSession,
) -> Result<Reply<SessionView>, Problem> {
    let Some(session) = &visit.session else {
        visit.signed_in()?;
        return Err(Problem::not_found("session"));
    };
    let mut tx = app.db.identity().await?;
    let id = session.person.person_id;
    let found = people::find(tx.conn(), Wanted::Id(id)).await?;
    let known = found.ok_or_else(|| Problem::not_found("person"))?;
    let (has_totp, has_passkey) = (known.has_totp(), known.has_passkey);
    let has_provider = provider::is_connected(&app, tx.conn(), id).await?;
    let mut view = SessionView {
        state: SessionState::SecondFactor,
        person: SignedInPerson {
            person: known.person,
            has_password: known.password_hash.is_some(),
            has_totp,
            has_passkey,
            has_provider,
        },
        tenant: None,
        role: None,
        permissions: Vec::new(),
        needs_second_factor: session.needs_second_factor,
        tenants: Vec::new(),
        csrf_token: session.csrf_token.clone(),
        expires_at: session.expires_at,
    };
    if session.is_complete {
        view.state = SessionState::SignedIn;
        view.tenants = people::memberships(tx.conn(), id).await?;
        if let Some((tenant, role)) = &session.active {
            view.tenant = tenant_view(tx.conn(), *tenant).await?;
            view.role = Some(role.into());
            view.permissions = role.permissions().to_vec();
        }
    }
    tx.commit().await?;
    Ok(Reply::new(view))
}

async fn tenant_view(
    conn: &mut sqlx::PgConnection,
    tenant: TenantId,
) -> Result<Option<ActiveTenant>, Problem> {
    let row = sqlx::query!(
        "select name, slug, home_currency, time_zone from identity.tenant where tenant_id = $1",
        tenant.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| ActiveTenant {
        tenant_id: tenant,
        name: row.name,
        slug: row.slug,
        home_currency: row.home_currency,
        time_zone: row.time_zone,
    }))
}
