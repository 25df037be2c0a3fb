//! The cards of the pipeline: clients, with what is worth seeing at a glance.

use std::collections::HashMap;

use engine::runs;
use kernel::{Money, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;
use uuid::Uuid;

use super::value;
use crate::{
    Caller, Permission, Problem,
    crm::clients::{self, ClientRow, ClientView, Stage},
};

/// How many open tasks and failed runs are looked at, newest first.
const LOOKED_AT_MAX: i64 = 1_000;

/// A client in the pipeline.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Card {
    #[serde(flatten)]
    pub(super) client: ClientView,
    /// The sum of its invoices that are not void; without one, of the milestones that were agreed on. One for each
    /// currency. Absent for who may not read both.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Vec<Money>>,
    /// Human tasks that its runs wait for; absent for who may not read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_human_tasks: Option<u32>,
    /// Its runs that failed and that nobody took up; absent for who may not read runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_runs: Option<u32>,
    /// Where `move_client` takes it from here.
    movable_to: Vec<Stage>,
}

/// Which cards are wanted.
pub(super) struct Wanted<'a> {
    pub(super) stages: &'a [Stage],
    pub(super) text: Option<&'a str>,
    /// Those that moved before this client did.
    pub(super) after: Option<(Timestamp, Uuid)>,
    /// How many of each stage.
    pub(super) rows: i64,
}

/// The cards of all wanted stages, the last moved first.
pub(super) async fn read(
    tx: &mut TenantTx,
    caller: &Caller,
    wanted: Wanted<'_>,
) -> Result<Vec<Card>, Problem> {
    let stages: Vec<String> = wanted.stages.iter().map(ToString::to_string).collect();
    let (after, after_id) = wanted.after.unzip();
    let rows = sqlx::query_as!(
        ClientRow,
        r#"
        select c.client_id, c.company_name, c.contact_name, c.email, c.phone, c.industry, c.stage, c.stage_since,
               c.created_at, c.updated_at
        from unnest($1::text[]) as s (stage)
        cross join lateral (
            select * from crm.client
            where stage = s.stage
              and ($2::text is null or 0 < strpos(search_text, lower($2)))
              and ($3::timestamptz is null or (stage_since, client_id) < ($3, $4))
            order by stage_since desc, client_id desc
            limit $5
        ) c
        order by c.stage_since desc, c.client_id desc
        "#,
        &stages,
        wanted.text,
        after,
        after_id,
        wanted.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.client_id).collect();
    let mut values =
        if value::may_be_seen(caller) { Some(value::of_clients(tx, &ids).await?) } else { None };
    let sees = |permission, count| caller.may(permission).then_some(count);
    let waiting = waiting(tx).await?;
    let mut cards = Vec::new();
    for row in rows {
        let id = row.client_id;
        let client = ClientView::try_from(row)?;
        let (open_human_tasks, failed_runs) = waiting.get(&id).copied().unwrap_or_default();
        cards.push(Card {
            value: values.as_mut().map(|it| it.remove(&id).unwrap_or_default()),
            open_human_tasks: sees(Permission::ReadHumanTasks, open_human_tasks),
            failed_runs: sees(Permission::ReadRuns, failed_runs),
            movable_to: client.stage.next().to_vec(),
            client,
        });
    }
    Ok(cards)
}

/// How many human tasks wait, and how many runs failed, for each client.
async fn waiting(tx: &mut TenantTx) -> Result<HashMap<Uuid, (u32, u32)>, Problem> {
    let asking = sqlx::query_scalar!(
        "select run_id from engine.human_task where status = 'open' order by human_task_id desc limit $1",
        LOOKED_AT_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let failed = runs::failed(tx, LOOKED_AT_MAX).await?;
    let failed: Vec<Uuid> = failed.into_iter().map(|run| run.run_id.uuid()).collect();
    let known = clients::of_runs(tx, &[asking.as_slice(), &failed].concat()).await?;
    let mut counts: HashMap<Uuid, (u32, u32)> = HashMap::new();
    for client in asking.iter().filter_map(|run| known.get(run)) {
        counts.entry(client.client_id.uuid()).or_default().0 += 1;
    }
    for client in failed.iter().filter_map(|run| known.get(run)) {
        counts.entry(client.client_id.uuid()).or_default().1 += 1;
    }
    Ok(counts)
}
