//! The event log: appending, giving positions, reading in order.

use std::collections::HashSet;

use kernel::{Event, EventId, TenantId, Timestamp};
use uuid::Uuid;

use crate::{Db, StoreError, TenantTx};

/// How many appends get the positions of their events in one transaction.
const SEQUENCE_BATCH: i64 = 500;
/// How many events one read returns at the most.
pub const READ_MAX: i64 = 500;
/// The advisory lock of whoever gives positions ("hand" in ASCII).
const SEQUENCER_LOCK: i64 = 0x6861_6e64;

/// An event with its place in the one order that all readers see.
#[derive(Debug, Clone, PartialEq)]
pub struct Positioned {
    pub position: i64,
    pub event: Event,
}

/// Inserts events of the bound tenant. Use [`TenantTx::append`], which also writes what follows.
pub(crate) async fn insert(tx: &mut TenantTx, events: &[Event]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.uuid()).collect();
    let sources: Vec<String> = events.iter().map(|event| event.source.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    let subjects: Vec<Option<String>> = events.iter().map(|event| event.subject.clone()).collect();
    let times: Vec<Timestamp> = events.iter().map(|event| event.time).collect();
    let data: Vec<serde_json::Value> = events.iter().map(|event| event.data.clone()).collect();
    let attributes: Vec<Option<serde_json::Value>> = events
        .iter()
        .map(|event| (!event.attributes.is_empty()).then(|| event.attributes.clone().into()))
        .collect();
    let traceparents: Vec<Option<String>> =
        events.iter().map(|event| event.traceparent.clone()).collect();
    sqlx::query!(
        r#"
        with appended as (
            insert into platform.event (event_id, source, type, subject, time, data, traceparent, attributes)
            select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[],
                                 $7::text[], $8::jsonb[])
        )
        insert into platform.event_pending (event_ids) values ($1::uuid[])
        "#,
        &ids,
        &sources,
        &kinds,
        &subjects as &[Option<String>],
        &times,
        &data,
        &traceparents as &[Option<String>],
        &attributes as &[Option<serde_json::Value>],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives positions to committed events that have none, in the order they were made.
///
/// Any node may call this at any time; one at a time does the work. Returns whether there may be more.
pub async fn sequence(db: &Db) -> Result<bool, StoreError> {
    let mut tx = db.system().await?;
    let leads =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "leads!""#, SEQUENCER_LOCK)
            .fetch_one(tx.conn())
            .await?;
    if !leads {
        return Ok(false);
    }
    let appends = sqlx::query_scalar!(
        r#"
        with pending as (
            select ctid as place, tenant_id, event_ids from platform.event_pending order by event_ids limit $1
        ), gone as (
            -- Nobody else moves or removes them.
            delete from platform.event_pending where ctid = any (array(select place from pending))
        ), last as (
            select coalesce(max(position), 0) as position from platform.event_position
        ), placed as (
            insert into platform.event_position (tenant_id, position, event_id)
            select pending.tenant_id, last.position + row_number() over (order by event.id), event.id
            from pending cross join last cross join unnest(pending.event_ids) as event (id)
        )
        select count(*) as "count!" from pending
        "#,
        SEQUENCE_BATCH
    )
    .fetch_one(tx.conn())
    .await?;
    kernel::crashpoint!("events.sequenced_before_commit");
    tx.commit().await?;
    if 0 < appends {
        db.wake().positions.notify_one();
    }
    Ok(SEQUENCE_BATCH <= appends)
}

/// The last position of all, and the tenants with positions after `seen`; none of them without a `seen`.
pub async fn grown_since(
    db: &Db,
    seen: Option<i64>,
) -> Result<(i64, HashSet<TenantId>), StoreError> {
    let mut tx = db.system().await?;
    let last = sqlx::query_scalar!(
        r#"select coalesce(max(position), 0) as "last!" from platform.event_position"#
    )
    .fetch_one(tx.conn())
    .await?;
    let tenants = sqlx::query_scalar!(
        "select distinct tenant_id from platform.event_position where $1 < position and position <= $2",
        seen.unwrap_or(last),
        last,
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    Ok((last, tenants.into_iter().map(TenantId::from).collect()))
}

/// The last position of the bound tenant; 0 before its first event.
pub async fn last_position(tx: &mut TenantTx) -> Result<i64, StoreError> {
    let last = sqlx::query_scalar!(
        r#"select coalesce(max(position), 0) as "last!" from platform.event_position where tenant_id = $1"#,
        tx.tenant().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(last)
}

/// The bound tenant's events after a position, in order.
pub async fn read(
    tx: &mut TenantTx,
    after: i64,
    kind_prefix: Option<&str>,
    limit: i64,
) -> Result<Vec<Positioned>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select p.position, e.event_id, e.source, e.type as kind, e.subject, e.time, e.data, e.traceparent, e.attributes
        from platform.event_position p
        join platform.event e on e.tenant_id = p.tenant_id and e.event_id = p.event_id
        where $4 < p.position and p.tenant_id = $1 and ($2::text is null or starts_with(e.type, $2))
        order by p.position
        limit $3
        "#,
        tx.tenant().uuid(),
        kind_prefix,
        limit.clamp(1, READ_MAX),
        after,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Positioned {
            position: row.position,
            event: Event {
                id: EventId::from(row.event_id),
                source: row.source,
                kind: row.kind,
                subject: row.subject,
                time: row.time,
                data: row.data,
                attributes: object(row.attributes),
                traceparent: row.traceparent,
            },
        })
        .collect())
}

/// One event of the bound tenant.
pub async fn find(tx: &mut TenantTx, id: EventId) -> Result<Option<Event>, StoreError> {
    Ok(find_all(tx, &[id]).await?.pop())
}

/// Those events of the bound tenant that there are.
pub async fn find_all(tx: &mut TenantTx, ids: &[EventId]) -> Result<Vec<Event>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        select e.event_id, e.source, e.type as kind, e.subject, e.time, e.data, e.traceparent, e.attributes
        from unnest($2::uuid[]) as wanted (event_id)
        cross join lateral (
            select * from platform.event where tenant_id = $1 and event_id = wanted.event_id limit 1
        ) e
        "#,
        tx.tenant().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let events = rows.into_iter().map(|row| Event {
        id: row.event_id.into(),
        source: row.source,
        kind: row.kind,
        subject: row.subject,
        time: row.time,
        data: row.data,
        attributes: object(row.attributes),
        traceparent: row.traceparent,
    });
    Ok(events.collect())
}

fn object(attributes: Option<serde_json::Value>) -> serde_json::Map<String, serde_json::Value> {
    match attributes {
        Some(serde_json::Value::Object(attributes)) => attributes,
        _ => serde_json::Map::new(),
    }
}

/// How many events wait for a position, over all tenants.
pub async fn pending(db: &Db) -> Result<i64, StoreError> {
    let mut tx = db.system().await?;
    let count = sqlx::query_scalar!(
        r#"select coalesce(sum(cardinality(event_ids)), 0) as "count!" from platform.event_pending"#
    )
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(count)
}

/// The tenants in the registry, oldest first.
pub async fn tenants(db: &Db) -> Result<Vec<TenantId>, StoreError> {
    let mut tx = db.system().await?;
    let ids = sqlx::query_scalar!("select tenant_id from identity.tenant order by created_at")
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(ids.into_iter().map(TenantId::from).collect())
}
