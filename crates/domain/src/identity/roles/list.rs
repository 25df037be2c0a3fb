//! `GET /v1/roles`

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, Role, RoleName, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListRoles {}

#[derive(Debug, Serialize, JsonSchema)]
struct RoleView {
    name: RoleName,
    description: String,
    /// Whether every tenant has it, unchangeable.
    is_built_in: bool,
    permissions: Vec<Permission>,
    /// How many people have it.
    member_count: i64,
    /// How many tokens that are valid have it.
    token_count: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PermissionView {
    permission: Permission,
    /// What it permits, for people.
    means: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Roles {
    /// The built-in ones, then the tenant's own by name.
    items: Vec<RoleView>,
    /// Everything that a role can permit.
    permissions: Vec<PermissionView>,
}

pub(super) fn operation() -> Operation {
    operation!(list_roles(ListRoles) -> Roles, Permission::ReadSelf)
        .get("/v1/roles")
        .tag("members")
        .says(
            "List roles",
            "What members and tokens may do: the built-in roles, and those that the tenant made.",
        )
        .shows_no_client_text()
}

async fn list_roles(tx: &mut TenantTx, caller: &Caller, _: ListRoles) -> Result<Roles, Problem> {
    let own =
        sqlx::query!("select name, description, permissions from identity.role order by name")
            .fetch_all(tx.conn())
            .await?;
    // Who has which role is for those who see the members.
    let counts =
        if caller.may(Permission::ReadMembers) { counts(tx).await? } else { HashMap::new() };
    let view = |role: &Role, description: String| {
        let (member_count, token_count) = counts.get(role.as_str()).copied().unwrap_or_default();
        RoleView {
            name: role.into(),
            description,
            is_built_in: Role::built_in(role.as_str()).is_some(),
            permissions: role.permissions().to_vec(),
            member_count,
            token_count,
        }
    };
    let mut items: Vec<RoleView> =
        Role::BUILT_IN.iter().map(|role| view(role, role.means().to_owned())).collect();
    for row in own {
        items.push(view(&Role::stored(&row.name, Some(row.permissions))?, row.description));
    }
    let permissions = Permission::ALL
        .iter()
        .map(|it| PermissionView { permission: *it, means: it.means().to_owned() })
        .collect();
    Ok(Roles { items, permissions })
}

/// How many members and valid tokens have each role.
async fn counts(tx: &mut TenantTx) -> Result<HashMap<String, (i64, i64)>, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        select role as "role!", sum(members)::bigint as "members!", sum(tokens)::bigint as "tokens!"
        from (
            select role, 1 as members, 0 as tokens from identity.member
            union all
            select role, 0, 1 from identity.api_token
            where revoked_at is null and (expires_at is null or $1 < expires_at)
        ) holder
        group by role
        "#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.role, (row.members, row.tokens))).collect())
}
