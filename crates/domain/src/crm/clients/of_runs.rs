//! Which client a run is about.

use std::collections::HashMap;

use kernel::{ClientId, RunId};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;
use uuid::Uuid;

use crate::Problem;

/// A client, by the id of a run that is about it.
pub(crate) type OfRuns = HashMap<Uuid, ClientOfRun>;

pub(crate) struct ClientOfRun {
    pub(crate) client_id: ClientId,
    pub(crate) company_name: String,
}

/// Whom a run is about, where that is known.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct AboutClient {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<String>,
}

impl AboutClient {
    pub(crate) fn named(client_id: ClientId, company_name: String) -> Self {
        Self { client_id: Some(client_id), company_name: Some(company_name) }
    }

    /// Whether it is about this client.
    pub(crate) fn is(&self, client: ClientId) -> bool {
        self.client_id == Some(client)
    }

    pub(crate) fn of(run: RunId, known: &OfRuns) -> Self {
        known.get(&run.uuid()).map_or_else(Self::default, |client| {
            Self::named(client.client_id, client.company_name.clone())
        })
    }
}

/// The clients of those runs that are about one: by its id, or by one of its leads, projects or invoices.
pub(crate) async fn of_runs(tx: &mut TenantTx, runs: &[Uuid]) -> Result<OfRuns, Problem> {
    if runs.is_empty() {
        return Ok(OfRuns::new());
    }
    let rows = sqlx::query!(
        r#"
        with about as (
            select run_id, thing_id from engine.run_about where run_id = any($1)
        ), of_client as (
            select run_id, thing_id as client_id from about
            union all
            select a.run_id, l.client_id from about a join crm.lead l on l.lead_id = a.thing_id
            union all
            select a.run_id, p.client_id from about a join delivery.project p on p.project_id = a.thing_id
            union all
            select a.run_id, i.client_id from about a join billing.invoice i on i.invoice_id = a.thing_id
        )
        select distinct on (o.run_id) o.run_id as "run_id!", c.client_id, c.company_name
        from of_client o join crm.client c on c.client_id = o.client_id
        order by o.run_id, c.client_id
        "#,
        runs,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| {
        let client =
            ClientOfRun { client_id: row.client_id.into(), company_name: row.company_name };
        (row.run_id, client)
    });
    Ok(known.collect())
}
