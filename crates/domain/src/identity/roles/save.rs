//! `PUT /v1/roles/{name}`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{hold, require_cover, require_own};
use crate::{Caller, Operation, Permission, Problem, Role, RoleName, operation, text::ShortText};

/// How many roles of its own a tenant has at the most.
const ROLES_MAX: i64 = 50;
/// What nobody's role may be called: those of whoever has no token, and of the program itself.
const RESERVED: [&str; 3] = ["visitor", "system", "flow"];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveRole {
    name: RoleName,
    /// Whom it is for.
    #[serde(default)]
    description: Option<ShortText>,
    /// What it permits; `read:self` is always among it.
    #[schemars(length(min = 1, max = 100))]
    permissions: Vec<Permission>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SavedRole {
    name: RoleName,
    permissions: Vec<Permission>,
    /// Whether the role was not there before.
    is_new: bool,
}

pub(super) fn operation() -> Operation {
    operation!(save_role(SaveRole) -> SavedRole, Permission::WriteMembers)
        .put("/v1/roles/{name}")
        .tag("members")
        .says(
            "Make or change a role",
            "A role of the tenant's own. A change holds within seconds for everyone who has it. Nobody makes or changes a \
             role that may do more than themselves; built-in roles stay as they are.",
        )
        .shows_no_client_text()
        .delicate()
        .about("name")
        .example(json!({
            "name": "sales_director",
            "description": "Leads the sales team; decides about leads, sees the money.",
            "permissions": ["read:leads", "write:leads", "read:clients", "read:invoices"],
        }))
}

async fn save_role(
    tx: &mut TenantTx,
    caller: &Caller,
    input: SaveRole,
) -> Result<SavedRole, Problem> {
    let name = input.name.as_str();
    if Role::built_in(name).is_some() || RESERVED.contains(&name) {
        let detail = format!("`{name}` is built in and stays as it is; choose another name");
        return Err(Problem::field("/name", detail));
    }
    require_own(caller, &input.permissions)?;
    let before = hold(tx, &input.name).await?;
    let is_new = before.is_none();
    match before {
        Some(_) => require_cover(caller, &Role::stored(name, before)?)?,
        None => require_room(tx).await?,
    }
    let stored: Vec<String> = input.permissions.iter().map(|it| it.as_str().to_owned()).collect();
    let role = Role::stored(name, Some(stored.clone()))?;
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into identity.role (name, description, permissions, created_at, updated_at)
        values ($1, $2, $3, $4, $4)
        on conflict (tenant_id, name) do update set
            description = excluded.description, permissions = excluded.permissions, updated_at = excluded.updated_at
        "#,
        name,
        input.description.as_ref().map_or("", ShortText::as_str),
        &stored,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(SavedRole { name: input.name, permissions: role.permissions().to_vec(), is_new })
}

async fn require_room(tx: &mut TenantTx) -> Result<(), Problem> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.role"#)
        .fetch_one(tx.conn())
        .await?;
    if count < ROLES_MAX {
        return Ok(());
    }
    let detail = format!("a tenant has at most {ROLES_MAX} roles of its own; delete one first");
    Err(Problem::field("/name", detail))
}
