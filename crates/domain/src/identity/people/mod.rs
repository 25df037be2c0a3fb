//! People: who signs in. One person may be a member of several tenants.

mod ensure;
mod update;
pub(super) mod ways_in;

use kernel::{PersonId, TenantId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

pub use ensure::{NewMember, ensure_member};

use crate::{Operation, Problem, RoleName};

pub(super) fn operations() -> Vec<Operation> {
    vec![update::operation()]
}

/// A person, as everyone may see them who works with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PersonView {
    pub person_id: PersonId,
    pub email: String,
    pub name: String,
}

/// A person with what proves them.
pub(super) struct Credentials {
    pub(super) person: PersonView,
    pub(super) password_hash: Option<String>,
    pub(super) totp_sealed: Option<Vec<u8>>,
    pub(super) totp_confirmed_at: Option<Timestamp>,
    pub(super) has_passkey: bool,
    pub(super) is_disabled: bool,
}

impl Credentials {
    /// Whether something is asked for beside the password.
    pub(super) fn has_second_factor(&self) -> bool {
        self.has_totp() || self.has_passkey
    }

    /// Whether an authenticator app is in use.
    pub(super) fn has_totp(&self) -> bool {
        self.totp_confirmed_at.is_some()
    }
}

/// What a person is looked for by.
pub(super) enum Wanted<'a> {
    Id(PersonId),
    /// The normalised address.
    Email(&'a str),
}

pub(super) async fn find(
    conn: &mut PgConnection,
    wanted: Wanted<'_>,
) -> Result<Option<Credentials>, Problem> {
    let (id, email) = match wanted {
        Wanted::Id(id) => (Some(id.uuid()), None),
        Wanted::Email(email) => (None, Some(email)),
    };
    let row = sqlx::query!(
        r#"
        select person_id, email, name, password_hash, totp_sealed, totp_confirmed_at,
               exists (select from identity.passkey k where k.person_id = person.person_id) as "has_passkey!",
               disabled_at is not null as "is_disabled!"
        from identity.person where person_id = $1 or email = $2
        "#,
        id,
        email,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Credentials {
        person: PersonView { person_id: row.person_id.into(), email: row.email, name: row.name },
        password_hash: row.password_hash,
        totp_sealed: row.totp_sealed,
        totp_confirmed_at: row.totp_confirmed_at,
        has_passkey: row.has_passkey,
        is_disabled: row.is_disabled,
    }))
}

/// A tenant that a person is a member of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Membership {
    pub tenant_id: TenantId,
    pub name: String,
    pub slug: String,
    pub role: RoleName,
}

/// Where a person is a member, by name.
pub(super) async fn memberships(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Vec<Membership>, Problem> {
    let rows = sqlx::query!(
        r#"
        select m.tenant_id, t.name, t.slug, m.role
        from identity.member m join identity.tenant t using (tenant_id)
        where m.person_id = $1
        order by t.name, m.tenant_id
        "#,
        person.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Membership {
                tenant_id: row.tenant_id.into(),
                name: row.name,
                slug: row.slug,
                role: row.role.parse().map_err(Problem::internal)?,
            })
        })
        .collect()
}

/// Adds a person who is not there yet.
pub(super) async fn create(
    conn: &mut PgConnection,
    person: &PersonView,
    password_hash: Option<&str>,
    now: Timestamp,
) -> Result<(), Problem> {
    sqlx::query!(
        r#"
        insert into identity.person (person_id, email, name, password_hash, created_at)
        values ($1, $2, $3, $4, $5)
        "#,
        person.person_id.uuid(),
        person.email,
        person.name,
        password_hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a person a member, or gives the member this role.
pub(super) async fn join(
    conn: &mut PgConnection,
    tenant: TenantId,
    person: Uuid,
    role: &RoleName,
    now: Timestamp,
) -> Result<(), Problem> {
    sqlx::query!(
        r#"
        insert into identity.member (tenant_id, person_id, role, joined_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, person_id) do update set role = excluded.role
        "#,
        tenant.uuid(),
        person,
        role.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
