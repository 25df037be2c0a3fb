//! What a client has: its leads, projects, deliverables, proposals and invoices.

use std::collections::HashMap;

use kernel::{ClientId, DeliverableId, Id, InvoiceId, Kind, LeadId, Money, ProjectId, ProposalId};
use store::TenantTx;
use uuid::Uuid;

use super::entry::Ids;
use crate::{Problem, billing::invoices, delivery::projects};

/// How many things of a client are looked at, the newest first.
const THINGS_MAX: i64 = 2_000;

/// One of them.
#[derive(Debug, Default)]
pub(super) struct Thing {
    pub(super) ids: Ids,
    /// What a person calls it.
    pub(super) name: String,
    pub(super) amount: Option<Money>,
}

/// All of them, by what events and webhooks call them.
#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) by_subject: HashMap<String, Thing>,
    /// Those that runs are about.
    pub(super) of_runs: Vec<Uuid>,
}

impl Things {
    pub(super) fn subjects(&self) -> Vec<String> {
        self.by_subject.keys().cloned().collect()
    }
}

fn text<K: Kind>(id: Uuid) -> String {
    Id::<K>::from(id).to_string()
}

/// The client itself, and what it has.
pub(super) async fn read(tx: &mut TenantTx, client: ClientId) -> Result<Things, Problem> {
    let rows = sqlx::query!(
        r#"
        with lead as (select lead_id, source from crm.lead where client_id = $1)
        select * from (
            select 'lead' as kind, lead_id as id, source as name, null::bigint as minor, null::text as currency from lead
            union all
            select 'project', project_id, name, null, null from delivery.project where client_id = $1
            union all
            select 'invoice', invoice_id, number::text, amount_minor, currency from billing.invoice where client_id = $1
            union all
            select 'deliverable', d.deliverable_id, d.type, null, null
            from lead join delivery.deliverable d on d.lead_id = lead.lead_id
            union all
            select 'proposal', p.proposal_id, '', null, null
            from lead join agreements.proposal p on p.lead_id = lead.lead_id
        ) t (kind, id, name, minor, currency)
        order by id desc limit $2
        "#,
        client.uuid(),
        THINGS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut things = Things::default();
    things.by_subject.insert(client.to_string(), Thing::default());
    things.of_runs.push(client.uuid());
    for row in rows {
        let (Some(kind), Some(id)) = (row.kind, row.id) else { continue };
        let mut thing = Thing {
            name: row.name.unwrap_or_default(),
            amount: projects::money(row.minor, row.currency)?,
            ids: Ids::default(),
        };
        let subject = match kind.as_str() {
            "lead" => {
                thing.ids.lead_id = Some(LeadId::from(id));
                text::<kernel::kinds::Lead>(id)
            }
            "project" => {
                thing.ids.project_id = Some(ProjectId::from(id));
                text::<kernel::kinds::Project>(id)
            }
            "invoice" => {
                thing.ids.invoice_id = Some(InvoiceId::from(id));
                thing.name = thing.name.parse().map(invoices::number_text).unwrap_or_default();
                text::<kernel::kinds::Invoice>(id)
            }
            "deliverable" => {
                thing.ids.deliverable_id = Some(DeliverableId::from(id));
                thing.name = thing.name.replace('_', " ");
                text::<kernel::kinds::Deliverable>(id)
            }
            _ => ProposalId::from(id).to_string(),
        };
        if matches!(kind.as_str(), "lead" | "project" | "invoice") {
            things.of_runs.push(id);
        }
        things.by_subject.insert(subject, thing);
    }
    Ok(things)
}
