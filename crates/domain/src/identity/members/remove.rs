//! `DELETE /v1/members/{person_id}`

use kernel::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{require_another_owner, role_of};
use crate::{
    Caller, Operation, Permission, Problem, Role, identity::roles::require_cover, operation,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveMember {
    person_id: PersonId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RemovedMember {
    person_id: PersonId,
}

pub(super) fn operation() -> Operation {
    operation!(remove_member(RemoveMember) -> RemovedMember, Permission::WriteMembers)
        .delete("/v1/members/{person_id}")
        .tag("members")
        .says(
            "Remove a member",
            "The person is let in no longer, within seconds; what they did stays in the audit trail. A tenant keeps at \
             least one owner.",
        )
        .shows_no_client_text()
        .delicate()
        .about("person_id")
        .example(json!({ "person_id": PersonId::from(uuid::Uuid::nil()) }))
}

async fn remove_member(
    tx: &mut TenantTx,
    caller: &Caller,
    input: RemoveMember,
) -> Result<RemovedMember, Problem> {
    let role = role_of(tx, input.person_id).await?;
    require_cover(caller, &role)?;
    if role == Role::Owner {
        require_another_owner(tx, input.person_id).await?;
    }
    sqlx::query!("delete from identity.member where person_id = $1", input.person_id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(RemovedMember { person_id: input.person_id })
}
