//! Entries from the log and from the webhooks that told others.

use chrono::{DateTime, TimeDelta};
use kernel::{EventId, Timestamp, WebhookMessageId};
use store::TenantTx;
use uuid::Uuid;

use super::{
    entry::{Ids, Part, TimelineEntry, TimelineKind},
    things::{Thing, Things},
    titles,
};
use crate::Problem;

/// When an id was made (RFC 9562, version 7): the order of the log.
pub(super) fn made_at(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or_default();
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// The smallest id of the millisecond after a moment.
pub(super) fn id_after(at: Timestamp) -> Uuid {
    let next = at.checked_add_signed(TimeDelta::milliseconds(1)).unwrap_or(at);
    let millis = u128::try_from(next.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}

/// The smallest id that is not before the part. Entries of one source and one millisecond are in the order of ids.
fn end(part: &Part, source: &str) -> Uuid {
    let of_this_source = part.key.strip_prefix(source).and_then(|id| id.parse().ok());
    match of_this_source {
        Some(id) if made_at(id) == part.before => id,
        _ => id_after(part.before),
    }
}

const EVENT: &str = "5:event:";
const MESSAGE: &str = "6:message:";

/// What the log says of the client's things.
pub(super) async fn events(
    tx: &mut TenantTx,
    things: &Things,
    part: &Part,
) -> Result<Vec<TimelineEntry>, Problem> {
    let (events, invoices) = (part.wants(TimelineKind::Event), part.wants(TimelineKind::Invoice));
    if !events && !invoices {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        select e.event_id, e.type as kind, e.subject as "subject!", e.data, p.position as "position?"
        from unnest($1::text[]) as s (subject)
        cross join lateral (
            select tenant_id, event_id, type, subject, data from platform.event
            where subject = s.subject and event_id < $2 and case when starts_with(type, 'invoice.') then $4::boolean else $3::boolean end
            order by event_id desc limit $5
        ) e
        left join platform.event_position p on p.tenant_id = e.tenant_id and p.event_id = e.event_id
        order by e.event_id desc limit $5
        "#,
        &things.subjects(),
        end(part, EVENT),
        events,
        invoices,
        part.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().filter_map(|row| {
        let thing = things.by_subject.get(&row.subject)?;
        let is_invoice = row.kind.starts_with("invoice.");
        let kind = if is_invoice { TimelineKind::Invoice } else { TimelineKind::Event };
        let (at, key) = (made_at(row.event_id), format!("{EVENT}{}", row.event_id));
        let title = titles::of_event(&row.kind, &row.data, thing);
        let mut entry = TimelineEntry::new(at, kind, key, title);
        entry.status = Some(row.kind);
        entry.amount = thing.amount.filter(|_| is_invoice);
        entry.ids = ids_of(thing);
        (entry.ids.event_id, entry.ids.position) = (Some(row.event_id.into()), row.position);
        // What the event is about beside its subject.
        let named = |name: &str| row.data[name].as_str();
        entry.ids.lead_id = entry.ids.lead_id.or_else(|| named("lead_id")?.parse().ok());
        entry.ids.project_id = entry.ids.project_id.or_else(|| named("project_id")?.parse().ok());
        Some(entry)
    });
    Ok(entries.filter(|entry| part.holds(entry)).collect())
}

fn ids_of(thing: &Thing) -> Ids {
    let Ids { invoice_id, deliverable_id, project_id, lead_id, .. } = thing.ids;
    Ids { invoice_id, deliverable_id, project_id, lead_id, ..Ids::default() }
}

/// What subscribers were told of the client's things.
pub(super) async fn messages(
    tx: &mut TenantTx,
    things: &Things,
    part: &Part,
) -> Result<Vec<TimelineEntry>, Problem> {
    if !part.wants(TimelineKind::WebhookSent) {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"
        select m.message_id, m.event_id, m.type as kind, m.subject as "subject!", m.status, m.attempts, m.created_at,
               m.ended_at, s.url
        from unnest($1::text[]) as wanted (subject)
        cross join lateral (
            select * from webhook.message where subject = wanted.subject and message_id < $2
            order by message_id desc limit $3
        ) m
        join webhook.subscription s on s.subscription_id = m.subscription_id
        order by m.message_id desc limit $3
        "#,
        &things.subjects(),
        end(part, MESSAGE),
        part.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().filter_map(|row| {
        let thing = things.by_subject.get(&row.subject)?;
        let (at, key) = (made_at(row.message_id), format!("{MESSAGE}{}", row.message_id));
        let title = titles::of_message(&row.url, &row.kind, &row.status);
        let mut entry = TimelineEntry::new(at, TimelineKind::WebhookSent, key, title);
        entry.duration_ms = row.ended_at.map(|end| (end - row.created_at).num_milliseconds());
        entry.status = Some(row.status);
        entry.ids = ids_of(thing);
        entry.ids.event_id = row.event_id.map(EventId::from);
        entry.ids.message_id = Some(WebhookMessageId::from(row.message_id));
        entry.ids.attempt = Some(row.attempts);
        Some(entry)
    });
    Ok(entries.filter(|entry| part.holds(entry)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_part_is_an_id_of_its_source_or_the_end_of_its_moment() {
        let at: Timestamp = "2026-03-01T00:00:00.250Z".parse().unwrap();
        let id = Uuid::from_u128((id_after(at).as_u128()) - 7);
        assert_eq!(made_at(id), at);
        let part = |key: String| Part { before: at, key, rows: 1, kinds: Vec::new() };
        assert_eq!(end(&part(format!("{EVENT}{id}")), EVENT), id);
        assert_eq!(end(&part(format!("{MESSAGE}{id}")), EVENT), id_after(at));
        assert_eq!(end(&part("~".to_owned()), EVENT), id_after(at));
    }
}
