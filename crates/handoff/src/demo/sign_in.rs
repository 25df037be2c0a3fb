//! Somebody who can sign in to the demo.

use domain::{
    Role,
    identity::people::{NewMember, ensure_member},
};
use kernel::{Secret, TenantId};

use crate::node::{self, Node};

/// The demo's owner. `.example` belongs to nobody (RFC 2606).
pub(super) const EMAIL: &str = "owner@demo.example";
const NAME: &str = "Demo Owner";
const GROUPS: usize = 3;
const GROUP: usize = 5;
/// Letters and digits that nobody takes for each other.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";

/// Makes the owner, with a new password at each start.
pub(super) async fn prepare(node: &Node, tenant: TenantId) -> anyhow::Result<Secret> {
    let password = password(node);
    let email = EMAIL.parse()?;
    let again = Secret::new(password.expose());
    let member = NewMember { email, name: NAME, password, role: Role::Owner };
    ensure_member(&node.app, tenant, member).await.map_err(node::problem)?;
    Ok(again)
}

fn password(node: &Node) -> Secret {
    let mut bytes = [0_u8; GROUPS * GROUP];
    node.app.db.random().fill(&mut bytes);
    let letters: Vec<char> = bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied())
        .map(char::from)
        .collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}
