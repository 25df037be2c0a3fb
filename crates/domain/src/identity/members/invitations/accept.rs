//! `POST /v1/invitations/lookup` and `POST /v1/invitations/acceptance`

use std::sync::Arc;

use kernel::{PersonId, Secret, TenantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use crate::{
    App, Operation, Problem, RoleName,
    identity::{
        passwords,
        people::{self, PersonView, Wanted},
        sessions::{self, Done, NewSession},
    },
    operation,
    operation::{CookieChange, Reply, Visit},
    text::Name,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowInvitation {
    /// From the link: what follows `#`.
    token: Secret,
}

/// What a link invites to.
#[derive(Debug, Serialize, JsonSchema)]
struct ShownInvitation {
    tenant: String,
    email: String,
    role: RoleName,
    /// Whether the address belongs to somebody who has a password already, and so signs in to accept.
    has_account: bool,
}

pub(super) fn show_operation() -> Operation {
    operation!(account show_invitation(ShowInvitation) -> ShownInvitation)
        .post("/v1/invitations/lookup")
        .tag("session")
        .says("Show what an invitation is for", "For the page behind its link.")
        .answers_secret()
        .example(json!({ "token": "what follows # in the link" }))
}

/// An invitation that can still be accepted.
pub(in crate::identity) struct Invitation {
    pub(in crate::identity) tenant: TenantId,
    tenant_name: String,
    pub(in crate::identity) email: String,
    pub(in crate::identity) role: RoleName,
}

async fn show_invitation(
    app: Arc<App>,
    _: Visit,
    input: ShowInvitation,
) -> Result<Reply<ShownInvitation>, Problem> {
    let mut tx = app.db.identity().await?;
    let found = find(&app, tx.conn(), &sessions::hash_of(input.token.expose())).await?;
    let known = people::find(tx.conn(), Wanted::Email(&found.email)).await?;
    tx.commit().await?;
    Ok(Reply::new(ShownInvitation {
        tenant: found.tenant_name,
        email: found.email,
        role: found.role,
        has_account: known.is_some(),
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AcceptInvitation {
    /// From the link: what follows `#`.
    token: Secret,
    /// Of somebody who is new; who has an account signs in first and leaves both out.
    #[serde(default)]
    name: Option<Name>,
    /// At least 12 characters, of any kind.
    #[serde(default)]
    password: Option<Secret>,
}

pub(super) fn operation() -> Operation {
    operation!(account accept_invitation(AcceptInvitation) -> Done)
        .post("/v1/invitations/acceptance")
        .tag("session")
        .says(
            "Accept an invitation",
            "Makes the person a member and signs them in. Somebody new gives a name and chooses a password. The link \
             works once.",
        )
        .answers_secret()
        .example(json!({
            "token": "what follows # in the link", "name": "Ada Lovelace", "password": "correct horse battery",
        }))
}

async fn accept_invitation(
    app: Arc<App>,
    visit: Visit,
    input: AcceptInvitation,
) -> Result<Reply<Done>, Problem> {
    let mut tx = app.db.identity().await?;
    let secret_hash = sessions::hash_of(input.token.expose());
    let invitation = find(&app, tx.conn(), &secret_hash).await?;
    let known = people::find(tx.conn(), Wanted::Email(&invitation.email)).await?;
    tx.commit().await?;
    let now = app.db.clock().now();
    let (person, hashed) = match known {
        Some(known) => (own_account(&visit, known.person)?, None),
        None => newcomer(&app, &invitation, input.name, input.password).await?,
    };
    let mut tx = app.db.identity().await?;
    use_up(tx.conn(), &secret_hash).await?;
    if let Some(hashed) = &hashed {
        people::create(tx.conn(), &person, Some(hashed), now).await?;
    }
    let id: PersonId = person.person_id;
    people::join(tx.conn(), invitation.tenant, id.uuid(), &invitation.role, now).await?;
    let new = NewSession {
        person: id,
        active: Some(invitation.tenant),
        is_complete: true,
        verified_at: now,
    };
    let new = match &visit.session {
        Some(session) if hashed.is_none() => {
            NewSession { active: Some(invitation.tenant), ..session.like() }
        }
        _ => new,
    };
    let text = sessions::begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    sessions::note(&app, Some(invitation.tenant), id, "accept_invitation").await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}

/// Who has an account accepts with it: a link alone must not open it.
fn own_account(visit: &Visit, known: PersonView) -> Result<PersonView, Problem> {
    let is_own = visit.signed_in().is_ok_and(|session| session.person.person_id == known.person_id);
    if is_own {
        return Ok(known);
    }
    Err(Problem::new(
        "unauthenticated",
        format!(
            "there is an account for {}; sign in with it, then open the link again",
            known.email
        ),
    ))
}

async fn newcomer(
    app: &App,
    invitation: &Invitation,
    name: Option<Name>,
    password: Option<Secret>,
) -> Result<(PersonView, Option<String>), Problem> {
    let name =
        name.ok_or_else(|| Problem::field("/name", "is missing; say what you are called"))?;
    let password = password.ok_or_else(|| Problem::field("/password", "is missing; choose one"))?;
    passwords::check("/password", &password, &[&invitation.email, name.as_str()])?;
    let hashed = passwords::hash(app, password).await?;
    let person = PersonView {
        person_id: app.db.new_id(),
        email: invitation.email.clone(),
        name: name.as_str().to_owned(),
    };
    Ok((person, Some(hashed)))
}

/// The invitation of this secret's hash.
///
/// # Errors
/// `link-expired`.
pub(in crate::identity) async fn find(
    app: &App,
    conn: &mut PgConnection,
    secret_hash: &[u8],
) -> Result<Invitation, Problem> {
    let row = sqlx::query!(
        r#"
        select i.tenant_id, t.name as tenant_name, i.email, i.role
        from identity.invitation i join identity.tenant t using (tenant_id)
        where i.secret_hash = $1 and $2 < i.expires_at
        "#,
        secret_hash,
        app.db.clock().now(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or_else(expired)?;
    Ok(Invitation {
        tenant: row.tenant_id.into(),
        tenant_name: row.tenant_name,
        email: row.email,
        role: row.role.parse().map_err(Problem::internal)?,
    })
}

/// Uses an invitation up.
///
/// # Errors
/// `link-expired` where somebody was faster.
pub(in crate::identity) async fn use_up(
    conn: &mut PgConnection,
    secret_hash: &[u8],
) -> Result<(), Problem> {
    let used = sqlx::query!("delete from identity.invitation where secret_hash = $1", secret_hash)
        .execute(conn)
        .await?;
    if used.rows_affected() == 0 { Err(expired()) } else { Ok(()) }
}

fn expired() -> Problem {
    Problem::new(
        "link-expired",
        "this invitation was used, revoked or has expired; ask for another",
    )
}
