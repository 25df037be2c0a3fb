//! Things that hold the words that were typed.

use store::TenantTx;

use super::{Found, FoundKind, FoundRow};
use crate::{Caller, Problem};

/// How many things of each kind.
const OF_KIND_MAX: i64 = 5;
/// How many clients are looked through for what they have.
const CLIENTS_MAX: i64 = 200;
/// How many of the latest runs and events are looked through: there may be millions.
const LATEST_MAX: i64 = 1_000;

/// An invoice's number as people type it: `INV-000012`, `#12`, `12`.
fn invoice_number(text: &str) -> Option<i64> {
    let text = text.to_lowercase();
    text.trim_start_matches("inv-").trim_start_matches('#').parse().ok().filter(|it| 0 < *it)
}

/// What holds the text, a few of each kind. Runs are found by their flow and events by how their type begins, among the
/// latest thousand.
pub(super) async fn find(
    tx: &mut TenantTx,
    caller: &Caller,
    text: &str,
) -> Result<Vec<Found>, Problem> {
    let kinds: Vec<String> = FoundKind::ALL
        .into_iter()
        .filter(|kind| caller.may(kind.permission()))
        .map(|kind| kind.as_str().to_owned())
        .collect();
    let rows = sqlx::query_as!(
        FoundRow,
        r#"
        with client as materialized (
            select client_id, company_name, email, created_at, starts_with(name_key, lower($1)) as begins
            from crm.client where 0 < strpos(search_text, lower($1))
            order by begins desc, updated_at desc, client_id desc limit $4
        )
        (select 'client' as kind, client_id as id, company_name as title, email as subtitle, created_at as at, null::bigint as number
         from client where 'client' = any($2) order by begins desc limit $3)
        union all
        (select 'lead', l.lead_id, c.company_name, 'lead from ' || l.source || ', ' || l.status, l.created_at, null
         from crm.lead l join crm.client c on c.client_id = l.client_id
         where 'lead' = any($2) and ($7::text is null or l.source = $7)
           and (l.client_id in (select client_id from client) or l.external_lead_id = $1)
         order by l.lead_id desc limit $3)
        union all
        (select 'project', p.project_id, p.name, concat_ws(', ', p.company_name, p.status), p.created_at, null
         from delivery.project p
         where 'project' = any($2)
           and (p.client_id in (select client_id from client) or 0 < strpos(lower(p.name), lower($1))
                or p.external_project_id = $1)
         order by p.project_id desc limit $3)
        union all
        (select 'invoice', i.invoice_id, i.description, c.company_name || ', ' || i.status, i.created_at, i.number
         from billing.invoice i join crm.client c on c.client_id = i.client_id
         where 'invoice' = any($2) and (i.client_id in (select client_id from client) or i.number = $6)
         order by i.number = $6 desc nulls last, i.number desc limit $3)
        union all
        (select 'run', run_id, flow, status, started_at, null
         from (select run_id, flow, status, started_at from engine.run
               where 'run' = any($2)
                 and exists (select from engine.definition where 0 < strpos(lower(name), lower($1)))
               order by run_id desc limit $5) latest
         where 0 < strpos(lower(flow), lower($1)) order by run_id desc limit $3)
        union all
        (select 'event', event_id, type, subject, time, null
         from (select event_id, type, subject, time from platform.event
               where 'event' = any($2) order by event_id desc limit $5) latest
         where starts_with(type, lower($1)) order by event_id desc limit $3)
        "#,
        text,
        &kinds,
        OF_KIND_MAX,
        CLIENTS_MAX,
        LATEST_MAX,
        invoice_number(text),
        caller.lead_source(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: Vec<Found> = rows.into_iter().filter_map(FoundRow::view).collect();
    found.sort_by_key(|found| found.kind);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_is_found_by_its_number_however_it_is_typed() {
        for text in ["INV-000012", "inv-12", "#12", "12"] {
            assert_eq!(invoice_number(text), Some(12), "{text}");
        }
        for text in ["", "inv-", "0", "-1", "12a", "TechFlow"] {
            assert_eq!(invoice_number(text), None, "{text}");
        }
    }
}
