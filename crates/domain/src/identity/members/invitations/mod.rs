//! Invitations: links that make somebody a member, once.

mod accept;
mod invite;
mod list;
mod revoke;

pub(in crate::identity) use accept::{Invitation, find, use_up};
use kernel::{InvitationId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Operation, RoleName};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        invite::operation(),
        list::operation(),
        revoke::operation(),
        accept::show_operation(),
        accept::operation(),
    ]
}

/// An invitation that waits to be accepted.
#[derive(Debug, Serialize, JsonSchema)]
struct InvitationView {
    invitation_id: InvitationId,
    email: String,
    role: RoleName,
    /// What the audit trail calls who invited.
    invited_by: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}
