//! Members that the program makes by itself, such as the demo's.

use kernel::{PersonId, Secret, TenantId};

use super::{PersonView, Wanted, create, find, join};
use crate::{App, Problem, Role, RoleName, identity::passwords, text::EmailAddress};

/// A member who signs in with a password.
#[derive(Debug)]
pub struct NewMember<'a> {
    pub email: EmailAddress,
    pub name: &'a str,
    pub password: Secret,
    pub role: Role,
}

/// Makes sure that there is such a person with this password, and a member of the tenant in this role.
///
/// For the program itself, on behalf of whoever may run it on this machine: nothing is asked.
pub async fn ensure_member(
    app: &App,
    tenant: TenantId,
    member: NewMember<'_>,
) -> Result<PersonId, Problem> {
    let email = member.email.normalised();
    let hash = passwords::hash(app, member.password).await?;
    let now = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let known = find(tx.conn(), Wanted::Email(&email)).await?;
    let id = if let Some(known) = known {
        let id = known.person.person_id;
        passwords::store(tx.conn(), id, &hash).await?;
        id
    } else {
        let person = PersonView { person_id: app.db.new_id(), email, name: member.name.to_owned() };
        create(tx.conn(), &person, Some(&hash), now).await?;
        person.person_id
    };
    join(tx.conn(), tenant, id.uuid(), &RoleName::from(&member.role), now).await?;
    tx.commit().await?;
    Ok(id)
}
