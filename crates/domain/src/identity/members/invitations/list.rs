//! `GET /v1/invitations`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::TenantTx;

use super::InvitationView;
use crate::{Caller, Operation, Permission, Problem, operation};

/// How many are listed at the most.
const LISTED_MAX: i64 = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListInvitations {}

#[derive(Debug, Serialize, JsonSchema)]
struct Invitations {
    items: Vec<InvitationView>,
}

pub(super) fn operation() -> Operation {
    operation!(list_invitations(ListInvitations) -> Invitations, Permission::ReadMembers)
        .get("/v1/invitations")
        .tag("members")
        .says(
            "List invitations",
            "Those that wait to be accepted, newest first, without their links.",
        )
        .shows_no_client_text()
}

async fn list_invitations(
    tx: &mut TenantTx,
    _: &Caller,
    _: ListInvitations,
) -> Result<Invitations, Problem> {
    let now = tx.now();
    let rows = sqlx::query!(
        r#"
        select invitation_id, email, role, invited_by, created_at, expires_at
        from identity.invitation where $1 < expires_at
        order by created_at desc, invitation_id
        limit $2
        "#,
        now,
        LISTED_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows
        .into_iter()
        .map(|row| {
            Ok(InvitationView {
                invitation_id: row.invitation_id.into(),
                email: row.email,
                role: row.role.parse().map_err(Problem::internal)?,
                invited_by: row.invited_by,
                created_at: row.created_at,
                expires_at: row.expires_at,
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(Invitations { items })
}
