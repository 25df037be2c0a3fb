//! Proposals: a lead's deliverables as a page that the client reads. Whoever has its key may see it.

mod content;
mod get;
mod markdown;
mod page;
mod pdf;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{LeadId, ProposalId};
use serde_json::json;
use store::TenantTx;

pub(crate) use page::router;

use crate::{
    Operation, Problem,
    delivery::deliverables::{DeliverableType, count_attached},
};

/// How many random bytes make a key: nobody finds one by trying.
const KEY_BYTES: usize = 32;

/// The path of the lead's proposal, which is made as soon as there is one deliverable of each type; none
/// before. The caller has locked the lead's row.
pub(crate) async fn make_if_ready(
    tx: &mut TenantTx,
    lead: LeadId,
) -> Result<Option<String>, Problem> {
    if count_attached(tx, lead).await? < DeliverableType::ALL.len() {
        return Ok(None);
    }
    let (id, now): (ProposalId, _) = (tx.new_id(), tx.now());
    let mut bytes = [0_u8; KEY_BYTES];
    tx.db().random().fill(&mut bytes);
    let made = sqlx::query_scalar!(
        r#"
        insert into agreements.proposal (proposal_id, lead_id, key, created_at)
        values ($1, $2, $3, $4)
        on conflict on constraint proposal_lead_key do nothing
        returning key
        "#,
        id.uuid(),
        lead.uuid(),
        URL_SAFE_NO_PAD.encode(bytes),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(key) = made {
        let facts = json!({ "proposal_id": id, "lead_id": lead });
        tx.append("agreements", "proposal.created", Some(id.to_string()), facts).await?;
        return Ok(Some(path(&key)));
    }
    let known =
        sqlx::query_scalar!("select key from agreements.proposal where lead_id = $1", lead.uuid())
            .fetch_one(tx.conn())
            .await?;
    Ok(Some(path(&known)))
}

fn path(key: &str) -> String {
    format!("/proposals/{key}")
}

pub(super) fn operations() -> Vec<Operation> {
    vec![get::operation(), pdf::operation()]
}
