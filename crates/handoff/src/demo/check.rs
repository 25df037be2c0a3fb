//! Whether the journey did what it should: our database against the simulators' ledgers.

use connector_kit::simulator::{LedgerEffect, LedgerEntry};
use engine::runs::{self, RunRow};
use kernel::TenantId;
use sandbox::Sandbox;
use serde::Serialize;
use serde_json::Value;

use crate::node::Node;

/// One thing that was checked.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub ok: bool,
    pub what: String,
    pub seen: String,
}

/// All that was checked, and what was found on the way.
pub(crate) struct Result {
    pub(crate) checks: Vec<Checked>,
    pub(crate) lead_id: String,
    pub(crate) external_lead_id: String,
    pub(crate) outside_calls: usize,
}

/// Compares what the run says with what the simulators saw of it.
pub(crate) async fn check(node: &Node, tenant: TenantId, run: &RunRow) -> anyhow::Result<Result> {
    let mut tx = node.app.db.tenant(tenant).await?;
    let output = runs::output(&mut tx, run.run_id).await?.unwrap_or_default();
    let calls = runs::calls(&mut tx, run.run_id).await?;
    let text = |name: &str| output.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (lead_id, external_lead_id) = (text("lead_id"), text("external_lead_id"));
    let stored = sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from delivery.deliverable d
        join crm.lead l on l.tenant_id = d.tenant_id and l.lead_id = d.lead_id
        where l.external_lead_id = $1 and d.external_id is not null
        "#,
        external_lead_id
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    // Every key begins with its run, so what an interrupted run of an earlier demo catches up on is told
    // apart.
    let own = format!("{}-", run.run_id);
    let applied = |provider: &str, part: &str| -> Vec<LedgerEntry> {
        let Some(sandbox) = &node.sandbox else { return Vec::new() };
        let is_own = |entry: &LedgerEntry| {
            entry.effect == LedgerEffect::Applied
                && entry.path.contains(part)
                && entry.key.as_deref().is_some_and(|key| key.starts_with(&own))
        };
        sandbox.ledger(provider).into_iter().filter(is_own).collect()
    };
    let attached = applied("invoice_system", "/deliverables");
    let leads: Vec<LedgerEntry> = applied("invoice_system", "/leads")
        .into_iter()
        .filter(|entry| !entry.path.contains("/deliverables"))
        .collect();
    let messages = applied("slack", "chat.postMessage");
    let pages = node.sandbox.as_ref().map_or(0, |sandbox| pages(sandbox, &output));
    let here = usize::try_from(stored).unwrap_or(0);
    let checks = vec![
        checked("the invoice system has one lead", 1, leads.len()),
        checked("it has four deliverables, each attached once", 4, attached.len()),
        checked("each deliverable has one page at Notion", 4, pages),
        checked("the team got one message on Slack", 1, messages.len()),
        checked("the four deliverables are stored here, with their ids there", 4, here),
        checked(
            "no call failed or is unclear",
            0,
            calls.iter().filter(|it| it.status != "succeeded").count(),
        ),
    ];
    let outside_calls = calls.iter().filter(|call| call.effect != "operation").count();
    Ok(Result { checks, lead_id, external_lead_id, outside_calls })
}

/// How many pages there are about the deliverables of a run.
fn pages(sandbox: &Sandbox, output: &Value) -> usize {
    let own = output.get("deliverables").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_own = |entry: &LedgerEntry| {
        let request = entry.request.to_string();
        own.iter().filter_map(Value::as_str).any(|id| request.contains(id))
    };
    let made = sandbox.ledger("notion").into_iter();
    made.filter(|it| it.effect == LedgerEffect::Applied && it.path.ends_with("/pages"))
        .filter(is_own)
        .count()
}

fn checked(what: &str, expected: usize, seen: usize) -> Checked {
    Checked { ok: expected == seen, what: what.to_owned(), seen: format!("{seen} of {expected}") }
}
