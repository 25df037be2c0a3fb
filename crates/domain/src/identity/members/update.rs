//! `PATCH /v1/members/{person_id}`

use kernel::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{require_another_owner, role_of};
use crate::{
    Caller, Operation, Permission, Problem, Role, RoleName,
    identity::roles::{self, require_cover},
    operation,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateMember {
    person_id: PersonId,
    role: RoleName,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UpdatedMember {
    person_id: PersonId,
    role: RoleName,
}

pub(super) fn operation() -> Operation {
    operation!(update_member(UpdateMember) -> UpdatedMember, Permission::WriteMembers)
        .patch("/v1/members/{person_id}")
        .tag("members")
        .says(
            "Change a member's role",
            "It holds within seconds, also where the member is signed in. Neither the old nor the new role may do more \
             than you, and a tenant keeps at least one owner.",
        )
        .shows_no_client_text()
        .delicate()
        .about("person_id")
        .example(json!({ "person_id": PersonId::from(uuid::Uuid::nil()), "role": "manager" }))
}

async fn update_member(
    tx: &mut TenantTx,
    caller: &Caller,
    input: UpdateMember,
) -> Result<UpdatedMember, Problem> {
    let before = role_of(tx, input.person_id).await?;
    require_cover(caller, &before)?;
    let role = roles::grant(tx, caller, &input.role).await?;
    if before == Role::Owner && role != Role::Owner {
        require_another_owner(tx, input.person_id).await?;
    }
    sqlx::query!(
        "update identity.member set role = $2 where person_id = $1",
        input.person_id.uuid(),
        input.role.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(UpdatedMember { person_id: input.person_id, role: input.role })
}
