//! Members: the people of a tenant, and what each may do.

pub(super) mod invitations;
mod list;
mod remove;
mod update;

use kernel::PersonId;
use store::TenantTx;

use crate::{Operation, Problem, Role};

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![list::operation(), update::operation(), remove::operation()];
    all.extend(invitations::operations());
    all
}

/// The role of a member, whose row is held until the transaction ends.
async fn role_of(tx: &mut TenantTx, person: PersonId) -> Result<Role, Problem> {
    let row = sqlx::query!(
        r#"
        select m.role, r.permissions as "permissions?"
        from identity.member m left join identity.role r on r.name = m.role
        where m.person_id = $1
        for update of m
        "#,
        person.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("member"))?;
    Role::stored(&row.role, row.permissions)
}

/// Refuses to leave a tenant without an owner. The owners' rows are held, so that two cannot leave at once.
async fn require_another_owner(tx: &mut TenantTx, person: PersonId) -> Result<(), Problem> {
    let owners = sqlx::query_scalar!(
        "select person_id from identity.member where role = 'owner' order by person_id for update"
    )
    .fetch_all(tx.conn())
    .await?;
    if owners.iter().any(|owner| *owner != person.uuid()) {
        return Ok(());
    }
    Err(Problem::new("last-owner", "this is the only owner; make another member an owner first"))
}
