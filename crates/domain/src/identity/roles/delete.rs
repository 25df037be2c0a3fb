//! `DELETE /v1/roles/{name}`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{hold, require_cover};
use crate::{Caller, Operation, Permission, Problem, Role, RoleName, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteRole {
    name: RoleName,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DeletedRole {
    name: RoleName,
}

pub(super) fn operation() -> Operation {
    operation!(delete_role(DeleteRole) -> DeletedRole, Permission::WriteMembers)
        .delete("/v1/roles/{name}")
        .tag("members")
        .says(
            "Delete a role",
            "One of the tenant's own that no member, open invitation or valid token has any more.",
        )
        .shows_no_client_text()
        .delicate()
        .about("name")
        .example(json!({ "name": "sales_director" }))
}

async fn delete_role(
    tx: &mut TenantTx,
    caller: &Caller,
    input: DeleteRole,
) -> Result<DeletedRole, Problem> {
    let name = input.name.as_str();
    if Role::built_in(name).is_some() {
        return Err(Problem::field("/name", format!("`{name}` is built in and stays")));
    }
    // Held against whoever gives it to somebody at this moment, before it is asked who has it.
    let permissions = hold(tx, &input.name).await?.ok_or_else(|| Problem::not_found("role"))?;
    require_cover(caller, &Role::stored(name, Some(permissions))?)?;
    require_unused(tx, name).await?;
    sqlx::query!("delete from identity.role where name = $1", name).execute(tx.conn()).await?;
    Ok(DeletedRole { name: input.name })
}

async fn require_unused(tx: &mut TenantTx, name: &str) -> Result<(), Problem> {
    let now = tx.now();
    let used = sqlx::query!(
        r#"
        select
            (select count(*) from identity.member where role = $1) as "members!",
            (select count(*) from identity.invitation where role = $1 and $2 < expires_at) as "invitations!",
            (select count(*) from identity.api_token
             where role = $1 and revoked_at is null and (expires_at is null or $2 < expires_at)) as "tokens!"
        "#,
        name,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    if used.members + used.invitations + used.tokens == 0 {
        return Ok(());
    }
    Err(Problem::new(
        "role-in-use",
        format!(
            "members: {}, open invitations: {}, valid tokens: {} have the role `{name}`; give them another one first",
            used.members, used.invitations, used.tokens,
        ),
    ))
}
