//! Roles: what members and tokens may do. Some are built in, others a tenant makes of permissions.

mod delete;
mod list;
mod save;

use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, Role, RoleName};

pub(super) fn operations() -> Vec<Operation> {
    vec![list::operation(), save::operation(), delete::operation()]
}

/// The role of this name, to be given by the caller to somebody. A role of the tenant's own stays until the
/// transaction ends.
///
/// # Errors
/// `invalid-input` at `/role` where there is none, `role-too-high` where it may do more than the caller.
pub(super) async fn grant(
    tx: &mut TenantTx,
    caller: &Caller,
    name: &RoleName,
) -> Result<Role, Problem> {
    let role = match Role::built_in(name.as_str()) {
        Some(role) => role,
        None => {
            let permissions = permissions_of(tx, name).await?;
            let Some(permissions) = permissions else { return Err(unknown(tx, name).await?) };
            Role::stored(name.as_str(), Some(permissions))?
        }
    };
    require_cover(caller, &role)?;
    Ok(role)
}

/// The permissions of a role of the tenant's own, which nobody deletes until the transaction ends.
async fn permissions_of(
    tx: &mut TenantTx,
    name: &RoleName,
) -> Result<Option<Vec<String>>, Problem> {
    let found = sqlx::query_scalar!(
        "select permissions from identity.role where name = $1 for share",
        name.as_str()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// The permissions of a role of the tenant's own, which nobody gives, changes or deletes until the transaction ends.
async fn hold(tx: &mut TenantTx, name: &RoleName) -> Result<Option<Vec<String>>, Problem> {
    let found = sqlx::query_scalar!(
        "select permissions from identity.role where name = $1 for update",
        name.as_str()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

async fn unknown(tx: &mut TenantTx, name: &RoleName) -> Result<Problem, Problem> {
    let own = sqlx::query_scalar!("select name from identity.role order by name")
        .fetch_all(tx.conn())
        .await?;
    let built_in = Role::BUILT_IN.map(|role| role.as_str().to_owned());
    let all = [built_in.to_vec(), own].concat().join(", ");
    Ok(Problem::field("/role", format!("there is no role `{name}`; there are: {all}")))
}

/// Refuses to touch who may do more.
pub(super) fn require_cover(caller: &Caller, role: &Role) -> Result<(), Problem> {
    if caller.role.covers(role.permissions()) {
        return Ok(());
    }
    Err(Problem::new(
        "role-too-high",
        format!("the role `{role}` may do more than you; choose another, or ask an owner"),
    ))
}

/// Refuses to hand out what the caller may not do.
fn require_own(caller: &Caller, permissions: &[Permission]) -> Result<(), Problem> {
    let missing: Vec<_> =
        permissions.iter().filter(|it| !caller.may(**it)).map(|it| it.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(Problem::new(
        "role-too-high",
        format!("you may not do this yourself: {missing}; leave it out, or ask an owner"),
    ))
}
