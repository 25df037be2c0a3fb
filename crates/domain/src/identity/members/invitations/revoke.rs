//! `DELETE /v1/invitations/{invitation_id}`

use kernel::InvitationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokeInvitation {
    invitation_id: InvitationId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RevokedInvitation {
    invitation_id: InvitationId,
}

pub(super) fn operation() -> Operation {
    operation!(revoke_invitation(RevokeInvitation) -> RevokedInvitation, Permission::WriteMembers)
        .delete("/v1/invitations/{invitation_id}")
        .tag("members")
        .says("Revoke an invitation", "Its link opens nothing from now on.")
        .shows_no_client_text()
        .about("invitation_id")
        .example(json!({ "invitation_id": InvitationId::from(uuid::Uuid::nil()) }))
}

async fn revoke_invitation(
    tx: &mut TenantTx,
    _: &Caller,
    input: RevokeInvitation,
) -> Result<RevokedInvitation, Problem> {
    let revoked = sqlx::query!(
        "delete from identity.invitation where invitation_id = $1",
        input.invitation_id.uuid()
    )
    .execute(tx.conn())
    .await?;
    if revoked.rows_affected() == 0 {
        return Err(Problem::not_found("invitation"));
    }
    Ok(RevokedInvitation { invitation_id: input.invitation_id })
}
