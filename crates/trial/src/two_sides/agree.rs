//! What both databases must say at the end.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions as _, PgConnection, Row as _};

use super::{Conversation, lifecycle::Client};
use crate::check::number;

const SETTLE_DEADLINE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

/// Both databases, when nothing is left to do, against what was asked for and against each other.
pub(crate) async fn check(
    conversation: &Conversation,
    clients: &[Client],
) -> anyhow::Result<String> {
    let mut theirs = connect(&conversation.invoice_system).await?;
    let mut ours = connect(&conversation.assistant).await?;
    settle(&mut theirs, &mut ours).await?;
    let mut wrong = Vec::new();
    let expected = i64::try_from(clients.len())?;
    let each: [(&str, &mut PgConnection, &[Count]); 2] =
        [("invoice system", &mut theirs, &THEIRS), ("assistant", &mut ours, &OURS)];
    for (side, conn, queries) in each {
        for (what, query, times) in queries.iter().chain(&EITHER) {
            let (seen, wanted) = (number(conn, query).await?, times * expected);
            if seen != wanted {
                wrong.push(format!("{side}: {what}: {seen}, expected {wanted}"));
            }
        }
    }
    same(&mut theirs, &mut ours, &mut wrong).await?;
    amounts(&mut theirs, clients, &mut wrong).await?;
    let repeated = number(
        &mut theirs,
        "select coalesce(sum(attempts - 1), 0)::bigint from webhook.message where status = 'delivered'",
    )
    .await?;
    let unknown =
        number(&mut ours, "select count(*) from engine.call where status = 'unknown'").await?;
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(format!("{repeated} webhooks sent again; {unknown} messages of unknown outcome"))
}

/// What is counted, how, and how many there must be for each client.
type Count = (&'static str, &'static str, i64);

/// What there must be at the invoice system.
const THEIRS: [Count; 7] = [
    ("submissions", "select count(*) from crm.intake_submission", 1),
    (
        "leads that an assistant worked on",
        "select count(*) from crm.lead where agent_ref is not null",
        1,
    ),
    ("proposals", "select count(*) from agreements.proposal", 1),
    ("invoices", "select count(*) from billing.invoice", 1),
    ("numbers of invoices", "select coalesce(max(number), 0) from billing.invoice", 1),
    ("webhooks", "select count(*) from webhook.message", 4),
    ("webhooks delivered", "select count(*) from webhook.message where status = 'delivered'", 4),
];

/// What there must be at the assistant.
const OURS: [Count; 4] = [
    ("webhooks accepted", "select count(*) from webhook.received where status = 'accepted'", 4),
    (
        "calls of unknown outcome that are no messages",
        "select count(*) from engine.call where status = 'unknown' and function not like 'slack.%'",
        0,
    ),
    (
        "calls left open",
        "select count(*) from engine.call where status in ('started', 'scheduled')",
        0,
    ),
    (
        "onboardings",
        "select count(*) from engine.run where flow = 'client-onboarding' and status = 'completed'",
        1,
    ),
];

const EITHER: [Count; 9] = [
    ("clients", "select count(*) from crm.client", 1),
    ("leads", "select count(*) from crm.lead", 1),
    ("deliverables", "select count(*) from delivery.deliverable", 4),
    ("projects", "select count(*) from delivery.project", 1),
    (
        "completed milestones",
        "select count(*) from delivery.milestone where completed_at is not null",
        1,
    ),
    (
        "failed runs",
        "select count(*) from engine.run where status not in ('completed', 'cancelled')",
        0,
    ),
    ("queue entries", "select count(*) from engine.task", 0),
    (
        "gaps in the positions of events",
        "select coalesce(max(position), 0) - count(*) from platform.event_position",
        0,
    ),
    (
        "gaps in the audit trail",
        "select coalesce(max(sequence), 0) - count(*) from identity.audit_entry",
        0,
    ),
];

async fn connect(side: &tokio::sync::Mutex<super::side::Side>) -> anyhow::Result<PgConnection> {
    Ok(side.lock().await.database()?.connect().await?)
}

async fn settle(theirs: &mut PgConnection, ours: &mut PgConnection) -> anyhow::Result<()> {
    const LEFT: &str = "select (select count(*) from engine.task)
                             + (select count(*) from platform.event_pending)
                             + (select count(*) from identity.audit_pending)
                             + (select count(*) from webhook.message where status = 'pending')";
    let deadline = Instant::now() + SETTLE_DEADLINE;
    loop {
        let left = (number(theirs, LEFT).await?, number(ours, LEFT).await?);
        if left == (0, 0) {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "left to do after {SETTLE_DEADLINE:?}: {left:?}"
        );
        tokio::time::sleep(POLL).await;
    }
}

/// Both tell the same of each client.
async fn same(
    theirs: &mut PgConnection,
    ours: &mut PgConnection,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    const THEIRS: &str = "
        select c.email_norm as email, p.status, p.payment_status,
               p.completion_percentage,
               (select string_agg(m.name || ':' || (m.completed_at is not null), ',' order by m.name)
                from delivery.milestone m where m.project_id = p.project_id) as milestones,
               (select string_agg(d.type || ':' || md5(d.markdown), ',' order by d.type)
                from delivery.deliverable d where d.lead_id = l.lead_id) as deliverables
        from crm.client c join crm.lead l using (client_id) join delivery.project p using (lead_id)";
    let (theirs, ours) = (told(theirs, THEIRS).await?, told(ours, THEIRS).await?);
    for (email, told) in &theirs {
        let here = ours.get(email);
        if here != Some(told) {
            wrong
                .push(format!("{email}: the invoice system says {told:?}, the assistant {here:?}"));
        }
    }
    if theirs.len() != ours.len() {
        wrong.push(format!("{} clients there and {} here", theirs.len(), ours.len()));
    }
    Ok(())
}

async fn told(
    conn: &mut PgConnection,
    query: &'static str,
) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let rows = sqlx::query(query).fetch_all(conn).await?;
    let names = ["status", "payment_status", "milestones", "deliverables"];
    let tell = |row: &sqlx::postgres::PgRow| {
        let told = names.map(|name| row.get::<Option<String>, _>(name).unwrap_or_default());
        let mut told = told.to_vec();
        told.push(row.get::<i32, _>("completion_percentage").to_string());
        (row.get::<String, _>("email"), told)
    };
    Ok(rows.iter().map(tell).collect())
}

async fn amounts(
    theirs: &mut PgConnection,
    clients: &[Client],
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let query =
        "select c.email, i.amount_minor from billing.invoice i join crm.client c using (client_id)";
    let rows = sqlx::query(query).fetch_all(theirs).await?;
    let billed: BTreeMap<String, i64> =
        rows.iter().map(|row| (row.get("email"), row.get("amount_minor"))).collect();
    for client in clients {
        let seen = billed.get(&client.email);
        if seen != Some(&client.amount_minor) {
            wrong
                .push(format!("{}: billed {seen:?}, agreed {}", client.email, client.amount_minor));
        }
    }
    Ok(())
}
