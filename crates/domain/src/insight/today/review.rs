//! Texts that somebody has to read before they count.

use kernel::{ClientId, DeliverableId, LeadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;

use super::{COUNT_MAX, REVIEWS_MAX, Scope, Section};
use crate::{
    Caller, Permission, Problem, crm::clients::AboutClient, delivery::deliverables::DeliverableType,
};

/// A deliverable that awaits review.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AwaitedReview {
    deliverable_id: DeliverableId,
    lead_id: LeadId,
    r#type: DeliverableType,
    /// The model that wrote it, as its provider names it.
    ai_model: String,
    /// Whether somebody changed the text by hand.
    is_edited: bool,
    /// Whether it counts towards the lead's proposal already.
    is_attached: bool,
    /// Since when it waits: since it was made, or changed.
    waits_since: Timestamp,
    /// To be given back with the review, so that nobody overturns what they did not see.
    updated_at: Timestamp,
    #[serde(flatten)]
    about: AboutClient,
}

pub(super) async fn awaited(
    tx: &mut TenantTx,
    caller: &Caller,
    Scope(client): Scope,
) -> Result<Section<AwaitedReview>, Problem> {
    let rows = sqlx::query!(
        r#"
        with pending as (
            select deliverable_id, lead_id, type as kind, ai_model, is_attached, edited_at is not null as is_edited,
                   coalesce(edited_at, generated_at) as waits_since, d.updated_at, l.client_id
            from delivery.deliverable d join crm.lead l using (lead_id)
            where d.status = 'pending_review' and ($3::uuid is null or l.client_id = $3)
            order by deliverable_id limit $1
        )
        select p.deliverable_id, p.lead_id, p.kind, p.ai_model, p.is_attached, p.is_edited as "is_edited!",
               p.waits_since as "waits_since!", p.updated_at, c.client_id, c.company_name, (select count(*) from pending) as "count!"
        from pending p
        join crm.client c on c.client_id = p.client_id
        order by p.waits_since, p.deliverable_id limit $2
        "#,
        COUNT_MAX,
        REVIEWS_MAX,
        client.map(ClientId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    let count = rows.first().map_or(0, |row| row.count);
    let knows_clients = caller.may(Permission::ReadClients);
    let mut items = Vec::new();
    for row in rows {
        items.push(AwaitedReview {
            deliverable_id: row.deliverable_id.into(),
            lead_id: row.lead_id.into(),
            r#type: row.kind.parse().map_err(Problem::internal)?,
            ai_model: row.ai_model,
            is_edited: row.is_edited,
            is_attached: row.is_attached,
            waits_since: row.waits_since,
            updated_at: row.updated_at,
            about: if knows_clients {
                AboutClient::named(row.client_id.into(), row.company_name)
            } else {
                AboutClient::default()
            },
        });
    }
    Ok(Section { count, items })
}
