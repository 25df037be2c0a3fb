//! Things whose ids begin like what was typed.

use kernel::LeadId;
use store::TenantTx;
use uuid::Uuid;

use super::{FOUND_MAX, Found, FoundKind, FoundRow};
use crate::{Caller, Problem};

/// How many characters the number of an id has.
const NUMBER: usize = 26;

/// The ids that begin with what was typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Range {
    kind: FoundKind,
    first: Uuid,
    last: Uuid,
}

impl Range {
    /// The beginning of an id, if the text is one: `lead_01jc`.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (prefix, typed) = text.split_once('_')?;
        let kind = FoundKind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
        let filled = |with: char| {
            let first = if typed.is_empty() && with == 'z' { "7" } else { "" };
            let number: String = typed
                .chars()
                .chain(first.chars())
                .chain(std::iter::repeat(with))
                .take(NUMBER)
                .collect();
            format!("lead_{number}").parse::<LeadId>().ok().map(LeadId::uuid)
        };
        if NUMBER < typed.len() {
            return None;
        }
        Some(Self { kind, first: filled('0')?, last: filled('z')? })
    }
}

/// The newest of them that the caller may read.
pub(super) async fn find(
    tx: &mut TenantTx,
    caller: &Caller,
    range: &Range,
) -> Result<Vec<Found>, Problem> {
    if !caller.may(range.kind.permission()) {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(FOUND_MAX).unwrap_or(i64::MAX);
    // Of all branches only the one of the kind is run.
    let rows = sqlx::query_as!(
        FoundRow,
        r#"
        (select $1 as kind, client_id as id, company_name as title, email as subtitle, created_at as at, null::bigint as number
         from crm.client where $1 = 'client' and client_id between $2 and $3 order by client_id desc limit $4)
        union all
        (select $1, l.lead_id, c.company_name, 'lead from ' || l.source || ', ' || l.status, l.created_at, null
         from crm.lead l join crm.client c on c.client_id = l.client_id
         where $1 = 'lead' and l.lead_id between $2 and $3 and ($5::text is null or l.source = $5)
         order by l.lead_id desc limit $4)
        union all
        (select $1, project_id, name, concat_ws(', ', company_name, status), created_at, null
         from delivery.project where $1 = 'project' and project_id between $2 and $3 order by project_id desc limit $4)
        union all
        (select $1, i.invoice_id, i.description, c.company_name || ', ' || i.status, i.created_at, i.number
         from billing.invoice i join crm.client c on c.client_id = i.client_id
         where $1 = 'invoice' and i.invoice_id between $2 and $3 order by i.invoice_id desc limit $4)
        union all
        (select $1, d.deliverable_id, replace(d.type, '_', ' '), c.company_name || ', ' || d.status, d.created_at, null
         from delivery.deliverable d join crm.lead l on l.lead_id = d.lead_id
         join crm.client c on c.client_id = l.client_id
         where $1 = 'deliverable' and d.deliverable_id between $2 and $3 order by d.deliverable_id desc limit $4)
        union all
        (select $1, human_task_id, title, flow || ', ' || status, created_at, null
         from engine.human_task where $1 = 'human_task' and human_task_id between $2 and $3
         order by human_task_id desc limit $4)
        union all
        (select $1, alert_id, title, severity, first_at, null
         from messaging.alert where $1 = 'alert' and alert_id between $2 and $3 order by alert_id desc limit $4)
        union all
        (select $1, run_id, flow, status, started_at, null
         from engine.run where $1 = 'run' and run_id between $2 and $3 order by run_id desc limit $4)
        union all
        (select $1, event_id, type, subject, time, null
         from platform.event where $1 = 'event' and event_id between $2 and $3 order by event_id desc limit $4)
        union all
        (select $1, delivery_id, type, source || ', ' || status, received_at, null
         from webhook.received where $1 = 'webhook' and delivery_id between $2 and $3 order by delivery_id desc limit $4)
        union all
        (select $1, message_id, type, status, created_at, null
         from webhook.message where $1 = 'webhook_message' and message_id between $2 and $3
         order by message_id desc limit $4)
        "#,
        range.kind.as_str(),
        range.first,
        range.last,
        limit,
        caller.lead_source(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(FoundRow::view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_a_range_of_ids() {
        let id: LeadId = "lead_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        for typed in ["lead_", "lead_0", "lead_01h455", "lead_01h455vb4pex5vsknk084sn02q"] {
            let range = Range::of(typed).unwrap();
            assert!(range.first <= id.uuid() && id.uuid() <= range.last, "{typed}");
            assert_eq!(range.kind, FoundKind::Lead);
        }
        let other = Range::of("lead_01h456").unwrap();
        assert!(id.uuid() < other.first);
        assert_eq!(Range::of("whd_0").map(|range| range.kind), Some(FoundKind::Webhook));
        for text in ["lead", "lead_u", "lead_8", "nothing_01", "lead_01h455vb4pex5vsknk084sn02q0"] {
            assert_eq!(Range::of(text), None, "{text}");
        }
    }
}
