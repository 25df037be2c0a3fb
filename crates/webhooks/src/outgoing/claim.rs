//! Taking messages that are due, a fair share from each tenant and a few for each subscription.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use kernel::{Secret, TenantId, Timestamp, WebhookMessageId};
use store::{BatchTx, StoreError, TenantTx, seal::Keyring};
use uuid::Uuid;

use super::{
    Format, SubscriptionStatus,
    secrets::{self, Kind},
    settle,
};

/// How many subscriptions one claim looks at.
const SUBSCRIPTIONS_MAX: i64 = 256;
/// How many messages of one subscription are sent at the same time, by all nodes together.
const SUBSCRIPTION_IN_FLIGHT_MAX: i64 = 4;
/// How many of one tenant are.
const TENANT_IN_FLIGHT_MAX: i64 = 32;
/// How long a message belongs to the node that sends it: much longer than sending takes.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// How long the messages of a paused subscription are left alone; activating it releases them at once.
const PAUSED: TimeDelta = TimeDelta::minutes(5);
/// The advisory lock of whoever claims ("whso" in ASCII): the limits count what others have claimed.
const CLAIM_LOCK: i64 = 0x7768_736f;

/// A message whose claim is committed.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) tenant: TenantId,
    pub(super) message: WebhookMessageId,
    pub(super) subscription: Uuid,
    pub(super) fence: i64,
    pub(super) url: String,
    pub(super) format: Format,
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
    /// The number of the attempt that is due, over all replays.
    pub(super) attempt: i32,
    /// The same since the last replay: the schedule's.
    pub(super) attempt_of_round: i32,
    pub(super) created_at: Timestamp,
    /// One, or two while the older one is being replaced.
    pub(super) signing: Vec<Secret>,
    pub(super) bearer: Option<Secret>,
    /// The span that the event was made in.
    pub(super) traceparent: Option<String>,
}

/// Messages of one subscription that are not to be sent now.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) tenant: TenantId,
    pub(super) subscription: Uuid,
    pub(super) messages: Vec<Uuid>,
    /// Its secrets cannot be opened.
    pub(super) is_unusable: bool,
}

/// What a claim came to, once it is committed.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) claimed: Vec<Claimed>,
    /// To be given back.
    pub(super) held: Vec<Held>,
    /// Where the next claim goes on.
    pub(super) last: (Uuid, Uuid),
}

impl Loaded {
    fn hold(&mut self, tenant: TenantId, subscription: Uuid, message: Uuid, is_unusable: bool) {
        match self.held.iter_mut().find(|held| held.subscription == subscription) {
            Some(held) => held.messages.push(message),
            None => {
                let messages = vec![message];
                self.held.push(Held { tenant, subscription, messages, is_unusable });
            }
        }
    }
}

/// Who claims, when, and how much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub(super) node: Uuid,
    pub(super) now: Timestamp,
    pub(super) room: i64,
    pub(super) others_are_dead: bool,
    /// The last subscription that was served: the next claim goes on after it.
    pub(super) after: (Uuid, Uuid),
}

/// What a claim took. None while another node claims.
pub(super) async fn claim(
    batch: &mut BatchTx,
    keyring: &Keyring,
    round: Round,
) -> Result<Option<Loaded>, StoreError> {
    let is_ours =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "ours!""#, CLAIM_LOCK)
            .fetch_one(batch.conn())
            .await?;
    if !is_ours {
        return Ok(None);
    }
    release_abandoned(batch, round).await?;
    let mut rows = take(batch, round).await?;
    if rows.is_empty() && round.after != Default::default() {
        // Past the last subscription: from the first again.
        rows = take(batch, Round { after: Default::default(), ..round }).await?;
    }
    let last = rows.iter().map(|row| (row.tenant, row.subscription)).max();
    let mut tenants: BTreeMap<Uuid, Vec<Taken>> = BTreeMap::new();
    for row in rows {
        tenants.entry(row.tenant).or_default().push(row);
    }
    let mut loaded = Loaded { last: last.unwrap_or_default(), ..Loaded::default() };
    for (tenant, taken) in tenants {
        let tx = batch.bind(tenant.into()).await?;
        load(tx, keyring, round, &taken, &mut loaded).await?;
    }
    Ok(Some(loaded))
}

/// Messages whose node is gone are due again.
async fn release_abandoned(batch: &mut BatchTx, round: Round) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update webhook.outbox set owner = null, lease_until = null
        where owner is not null and (lease_until < $1 or ($2 and owner <> $3))
        "#,
        round.now,
        round.others_are_dead,
        round.node,
    )
    .execute(batch.conn())
    .await?;
    Ok(())
}

struct Taken {
    tenant: Uuid,
    message: Uuid,
    subscription: Uuid,
    fence: i64,
}

/// A message waits while an earlier one of its lane is there: within a lane, ids are in the order of the
/// events. What a failed message holds up is put off with it, so little is looked at in vain.
async fn take(batch: &mut BatchTx, round: Round) -> Result<Vec<Taken>, StoreError> {
    let lease_until = round.now + LEASE;
    let rows = sqlx::query_as!(
        Taken,
        r#"
        with recursive queues (tenant_id, subscription_id) as (
            (select o.tenant_id, o.subscription_id from webhook.outbox o
             where o.owner is null and ($1, $2) < (o.tenant_id, o.subscription_id)
             order by o.tenant_id, o.subscription_id limit 1)
            union all
            select next.tenant_id, next.subscription_id
            from queues cross join lateral (
                select o.tenant_id, o.subscription_id from webhook.outbox o
                where o.owner is null
                  and (queues.tenant_id, queues.subscription_id) < (o.tenant_id, o.subscription_id)
                order by o.tenant_id, o.subscription_id limit 1
            ) next
        ), served as (
            select tenant_id, subscription_id from queues limit $3
        ), due as (
            select o.tenant_id, o.message_id, o.run_at,
                   row_number() over (partition by o.tenant_id order by o.run_at, o.message_id) as turn
            from served cross join lateral (
                select m.tenant_id, m.message_id, m.run_at from webhook.outbox m
                where m.tenant_id = served.tenant_id and m.subscription_id = served.subscription_id
                  and m.owner is null and m.run_at <= $4
                  and (m.lane is null or not exists (
                      select from webhook.outbox earlier
                      where earlier.tenant_id = m.tenant_id and earlier.subscription_id = m.subscription_id
                        and earlier.lane = m.lane and earlier.message_id < m.message_id))
                order by m.run_at, m.message_id
                limit greatest(0, $5 - (
                    select count(*) from webhook.outbox f
                    where f.tenant_id = served.tenant_id and f.subscription_id = served.subscription_id
                      and f.owner is not null))
            ) o
        ), chosen as (
            select due.tenant_id, due.message_id from due
            where due.turn <= $6 - (select count(*) from webhook.outbox f
                                    where f.tenant_id = due.tenant_id and f.owner is not null)
            order by due.turn, due.run_at
            limit $7
        )
        update webhook.outbox o set owner = $8, lease_until = $9, fence = o.fence + 1
        from chosen c where o.tenant_id = c.tenant_id and o.message_id = c.message_id
        returning o.tenant_id as tenant, o.message_id as message, o.subscription_id as subscription, o.fence
        "#,
        round.after.0,
        round.after.1,
        SUBSCRIPTIONS_MAX,
        round.now,
        SUBSCRIPTION_IN_FLIGHT_MAX,
        TENANT_IN_FLIGHT_MAX,
        round.room,
        round.node,
        lease_until,
    )
    .fetch_all(batch.conn())
    .await?;
    Ok(rows)
}

/// What sending needs of the bound tenant's messages. What is not to be sent now is put back.
async fn load(
    tx: &mut TenantTx,
    keyring: &Keyring,
    round: Round,
    taken: &[Taken],
    loaded: &mut Loaded,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = taken.iter().map(|row| row.message).collect();
    let rows = sqlx::query!(
        r#"
        select m.message_id, m.subscription_id, m.type as kind, m.body, m.attempts, m.attempts_replayed,
               m.created_at, s.url, s.format, s.status, s.secret_sealed, s.previous_secret_sealed,
               s.previous_secret_until, s.bearer_sealed, e.traceparent as "traceparent?"
        from webhook.message m
        join webhook.subscription s on s.tenant_id = m.tenant_id and s.subscription_id = m.subscription_id
        left join platform.event e on e.tenant_id = m.tenant_id and e.event_id = m.event_id
        where m.message_id = any($1)
        order by m.message_id
        "#,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let subscription = row.subscription_id;
        if SubscriptionStatus::of(&row.status)? != SubscriptionStatus::Active {
            loaded.hold(tx.tenant(), subscription, row.message_id, false);
            continue;
        }
        let previous = row
            .previous_secret_sealed
            .filter(|_| row.previous_secret_until.is_some_and(|until| round.now < until));
        let tenant = tx.tenant();
        let open = |kind, sealed: &[u8]| secrets::open(tenant, keyring, kind, subscription, sealed);
        let signing = [Some(row.secret_sealed), previous]
            .into_iter()
            .flatten()
            .map(|sealed| open(Kind::Signing, &sealed))
            .collect::<Result<Vec<Secret>, _>>();
        let bearer = row.bearer_sealed.map(|sealed| open(Kind::Bearer, &sealed)).transpose();
        let (signing, bearer) = match (signing, bearer) {
            (Ok(signing), Ok(bearer)) => (signing, bearer),
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "the secrets of a webhook subscription cannot be opened; it waits");
                loaded.hold(tenant, subscription, row.message_id, true);
                continue;
            }
        };
        let fence = taken.iter().find(|it| it.message == row.message_id).map_or(0, |it| it.fence);
        loaded.claimed.push(Claimed {
            tenant,
            message: row.message_id.into(),
            subscription,
            fence,
            url: row.url,
            format: Format::of(&row.format)?,
            kind: row.kind,
            body: row.body,
            attempt: row.attempts + 1,
            attempt_of_round: row.attempts + 1 - row.attempts_replayed,
            created_at: row.created_at,
            signing,
            bearer,
            traceparent: row.traceparent,
        });
    }
    Ok(())
}

/// Gives back what is not to be sent now. The subscription is locked first, as by whoever activates it,
/// so that nothing is put off that was released.
pub(super) async fn give_back(
    tx: &mut TenantTx,
    node: Uuid,
    held: &Held,
) -> Result<(), StoreError> {
    let now = tx.now();
    let status = sqlx::query_scalar!(
        "select status from webhook.subscription where subscription_id = $1 for no key update",
        held.subscription,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(status) = status else { return Ok(()) };
    let status = SubscriptionStatus::of(&status)?;
    let waits = held.is_unusable || status == SubscriptionStatus::Paused;
    let until = if waits { now + PAUSED } else { now };
    sqlx::query!(
        r#"
        with given_back as (
            update webhook.outbox set owner = null, lease_until = null, run_at = greatest(run_at, $5)
            where tenant_id = $1 and message_id = any($2) and owner = $3
        )
        update webhook.outbox set run_at = $5
        where tenant_id = $1 and subscription_id = $4 and owner is null and run_at < $5
        "#,
        tx.tenant().uuid(),
        &held.messages,
        node,
        held.subscription,
        until,
    )
    .execute(tx.conn())
    .await?;
    if status == SubscriptionStatus::Disabled {
        settle::cancel(tx, held.subscription).await?;
    }
    Ok(())
}
