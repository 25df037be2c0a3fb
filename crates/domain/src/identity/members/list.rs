//! `GET /v1/members`

use kernel::{PersonId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, RoleName, operation};

/// How many are listed at the most.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListMembers {}

#[derive(Debug, Serialize, JsonSchema)]
struct MemberView {
    person_id: PersonId,
    name: String,
    email: String,
    role: RoleName,
    /// Whether an authenticator app is in use: signing in asks for a code beside the password.
    has_totp: bool,
    /// Whether there is a passkey: with a password alone nobody signs in as this member.
    has_passkey: bool,
    joined_at: Timestamp,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Members {
    items: Vec<MemberView>,
}

pub(super) fn operation() -> Operation {
    operation!(list_members(ListMembers) -> Members, Permission::ReadMembers)
        .get("/v1/members")
        .tag("members")
        .says("List members", "The people of the tenant, by name; at most 1,000.")
        .shows_no_client_text()
}

async fn list_members(tx: &mut TenantTx, _: &Caller, _: ListMembers) -> Result<Members, Problem> {
    let rows = sqlx::query!(
        r#"
        select m.person_id, p.name, p.email, m.role, p.totp_confirmed_at is not null as "has_totp!",
               exists (select from identity.passkey k where k.person_id = m.person_id) as "has_passkey!", m.joined_at
        from identity.member m join identity.person p using (person_id)
        order by p.name, m.person_id
        limit $1
        "#,
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|row| {
            Ok(MemberView {
                person_id: row.person_id.into(),
                name: row.name,
                email: row.email,
                role: row.role.parse().map_err(Problem::internal)?,
                has_totp: row.has_totp,
                has_passkey: row.has_passkey,
                joined_at: row.joined_at,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(Members { items })
}
