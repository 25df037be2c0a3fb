//! `POST /v1/invitations`

use std::sync::Arc;

use chrono::TimeDelta;
use kernel::InvitationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::InvitationView;
use crate::{
    App, Caller, Operation, Permission, Problem, RoleName,
    identity::{roles, sessions::hash_of, tokens::random_text},
    operation,
    text::EmailAddress,
};

const VALID: TimeDelta = TimeDelta::days(7);
const TOKEN_LENGTH: usize = 43;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InviteMember {
    email: EmailAddress,
    role: RoleName,
}

#[derive(Debug, Serialize, JsonSchema)]
struct InvitedMember {
    #[serde(flatten)]
    invitation: InvitationView,
    /// The link to accept with, shown this once: whoever has it can become the member.
    link: String,
    /// Whether it went out by e-mail, too; otherwise hand the link over yourself.
    is_mailed: bool,
    /// Why it did not go out.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_problem: Option<String>,
}

pub(super) fn operation() -> Operation {
    operation!(outside invite_member(InviteMember) -> InvitedMember, Permission::WriteMembers)
        .post("/v1/invitations")
        .tag("members")
        .says(
            "Invite a member",
            "Makes a link that is valid for seven days, and sends it by e-mail where the tenant has an e-mail connection. \
             Inviting an address again replaces its earlier invitation. The role may not do more than you.",
        )
        .creates()
        .answers_secret()
        .delicate()
        .about("invitation_id")
        .example(json!({ "email": "ada@example.com", "role": "manager" }))
}

async fn invite_member(
    app: Arc<App>,
    caller: Caller,
    input: InviteMember,
) -> Result<InvitedMember, Problem> {
    let token = random_text(app.db.random(), TOKEN_LENGTH);
    let mut tx = app.db.tenant(caller.tenant).await?;
    roles::grant(&mut tx, &caller, &input.role).await?;
    let tenant = sqlx::query_scalar!(
        "select name from identity.tenant where tenant_id = $1",
        caller.tenant.uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    let invitation = write(&mut tx, &caller, &input, &token).await?;
    let id = invitation.invitation_id.to_string();
    let detail = json!({ "fields": ["email", "role"] });
    operation::audit(&mut tx, &caller, "invite_member", &id, &detail).await?;
    tx.commit().await?;
    let link = app.public_url().link(&format!("/accept-invitation#{token}"));
    let text = format!(
        "You are invited to join {tenant} on Handoff as {}.\n\nAccept within seven days:\n{link}\n\n\
         If you do not know what this is about, do nothing.\n",
        input.role,
    );
    let subject = format!("Join {tenant} on Handoff");
    let sent = app.outside.send_mail(caller.tenant, input.email.as_str(), &subject, &text).await;
    Ok(InvitedMember { invitation, link, is_mailed: sent.is_ok(), mail_problem: sent.err() })
}

async fn write(
    tx: &mut TenantTx,
    caller: &Caller,
    input: &InviteMember,
    token: &str,
) -> Result<InvitationView, Problem> {
    let email = input.email.normalised();
    let is_member = sqlx::query_scalar!(
        r#"
        select exists (
            select from identity.member m join identity.person p using (person_id) where p.email = $1
        ) as "is_member!"
        "#,
        &email,
    )
    .fetch_one(tx.conn())
    .await?;
    if is_member {
        return Err(Problem::field("/email", "is a member already; change the role instead"));
    }
    let (id, now): (InvitationId, _) = (tx.new_id(), tx.now());
    let invited_by = caller.principal.to_string();
    sqlx::query!(
        r#"
        insert into identity.invitation
            (invitation_id, email, role, secret_hash, invited_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id, email) do update set
            invitation_id = excluded.invitation_id, role = excluded.role, secret_hash = excluded.secret_hash,
            invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at
        "#,
        id.uuid(),
        &email,
        input.role.as_str(),
        &hash_of(token),
        invited_by,
        now,
        now + VALID,
    )
    .execute(tx.conn())
    .await?;
    let (role, expires_at) = (input.role.clone(), now + VALID);
    Ok(InvitationView { invitation_id: id, email, role, invited_by, created_at: now, expires_at })
}
