//! Storing received webhooks, many in one commit.
//!
//! Senders wait for the commit, so the cost of making it durable is shared: whatever arrived while the
//! last commit was under way goes into the next one.

use std::collections::{BTreeMap, HashMap};

use kernel::{DeliveryId, Event, TenantId, Timestamp};
use serde_json::Value;
use store::{Db, StoreError, TenantTx};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// How many deliveries one commit takes at the most.
const BATCH_MAX: usize = 128;
/// How many deliveries may wait; more are told to come back later.
const WAITING_MAX: usize = 1_024;

/// A verified delivery, ready to be stored.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: DeliveryId,
    pub tenant: TenantId,
    /// Which system sent it (`invoice_system`).
    pub source: String,
    /// The event's type, in the sender's words.
    pub kind: String,
    /// What makes it the same delivery when it comes again; none for what is not accepted.
    pub dedupe_key: Option<String>,
    /// The headers worth keeping, without credentials.
    pub headers: Value,
    pub body: Vec<u8>,
    pub verified_by: &'static str,
    pub received_at: Timestamp,
    pub response_status: u16,
    pub response_body: Vec<u8>,
    /// The event it becomes; none for a delivery that is stored but not accepted.
    pub event: Option<Event>,
}

/// What storing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    New,
    /// It came before, and this was the answer.
    Duplicate {
        status: u16,
        body: Vec<u8>,
    },
}

type Answer = oneshot::Sender<Result<Stored, StoreError>>;

/// Stores deliveries. Cheap to clone; stops when all clones are gone.
#[derive(Clone, Debug)]
pub struct Receiver {
    waiting: mpsc::Sender<(Delivery, Answer)>,
}

impl Receiver {
    /// Starts the writer on `tasks`. One is enough: the more arrive while it commits, the more the next
    /// commit carries, and a second writer only makes the batches smaller.
    pub fn start(db: &Db, tasks: &TaskTracker) -> Self {
        let (waiting, mut inbox) = mpsc::channel(WAITING_MAX);
        let db = db.clone();
        tasks.spawn(async move {
            let mut batch = Vec::new();
            while 0 < inbox.recv_many(&mut batch, BATCH_MAX).await {
                store_batch(&db, std::mem::take(&mut batch)).await;
            }
        });
        Self { waiting }
    }

    /// Stores one delivery durably. When this returns `Ok`, it is committed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away or too many wait already.
    pub async fn store(&self, delivery: Delivery) -> Result<Stored, StoreError> {
        let (answer, answered) = oneshot::channel();
        let full = || StoreError::Unavailable(sqlx::Error::PoolTimedOut);
        self.waiting.try_send((delivery, answer)).map_err(|_full_or_closed| full())?;
        answered.await.unwrap_or_else(|_dropped| Err(full()))
    }
}

async fn store_batch(db: &Db, batch: Vec<(Delivery, Answer)>) {
    let (deliveries, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    match commit(db, &deliveries).await {
        Ok(stored) => {
            kernel::crashpoint!("ingress.after_commit");
            for (answer, stored) in answers.into_iter().zip(stored) {
                // A sender that hung up gets its answer when it sends again.
                drop(answer.send(Ok(stored)));
            }
        }
        // One bad delivery must not refuse the others.
        Err(error) if !error.is_transient() && 1 < deliveries.len() => {
            for (delivery, answer) in deliveries.into_iter().zip(answers) {
                let alone = commit(db, std::slice::from_ref(&delivery)).await;
                let stored = alone.map(|mut stored| stored.pop().unwrap_or(Stored::New));
                drop(answer.send(stored));
            }
        }
        Err(error) => {
            let transient = error.is_transient();
            let mut error = Some(error);
            for answer in answers {
                let again = if transient {
                    StoreError::Unavailable(sqlx::Error::WorkerCrashed)
                } else {
                    StoreError::Corrupt("the delivery could not be stored".to_owned())
                };
                drop(answer.send(Err(error.take().unwrap_or(again))));
            }
        }
    }
}

/// Stores a batch in one transaction. The answers are in the order of the deliveries.
async fn commit(db: &Db, deliveries: &[Delivery]) -> Result<Vec<Stored>, StoreError> {
    kernel::crashpoint!("ingress.before_insert");
    let mut tenants: BTreeMap<TenantId, Vec<usize>> = BTreeMap::new();
    for (index, delivery) in deliveries.iter().enumerate() {
        tenants.entry(delivery.tenant).or_default().push(index);
    }
    let mut stored = vec![Stored::New; deliveries.len()];
    let Some(first) = tenants.keys().next().copied() else { return Ok(stored) };
    let mut batch = db.ingress(first).await?;
    for (tenant, indices) in tenants {
        let tx = batch.bind(tenant).await?;
        let own: Vec<&Delivery> =
            indices.iter().filter_map(|index| deliveries.get(*index)).collect();
        for (index, outcome) in indices.iter().zip(insert(tx, &own).await?) {
            if let Some(slot) = stored.get_mut(*index) {
                *slot = outcome;
            }
        }
    }
    kernel::crashpoint!("ingress.before_commit");
    batch.commit().await?;
    Ok(stored)
}

/// The columns of one insert.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    sources: Vec<String>,
    kinds: Vec<String>,
    keys: Vec<Option<String>>,
    headers: Vec<Value>,
    bodies: Vec<Vec<u8>>,
    verified_by: Vec<String>,
    statuses: Vec<String>,
    events: Vec<Option<Uuid>>,
    response_statuses: Vec<i16>,
    response_bodies: Vec<Vec<u8>>,
    received: Vec<Timestamp>,
}

impl Columns {
    fn push(&mut self, delivery: &Delivery, key: Option<String>) {
        let status = if delivery.event.is_some() { "accepted" } else { "invalid" };
        self.ids.push(delivery.id.uuid());
        self.sources.push(delivery.source.clone());
        self.kinds.push(delivery.kind.clone());
        self.keys.push(key);
        self.headers.push(delivery.headers.clone());
        self.bodies.push(delivery.body.clone());
        self.verified_by.push(delivery.verified_by.to_owned());
        self.statuses.push(status.to_owned());
        self.events.push(delivery.event.as_ref().map(|event| event.id.uuid()));
        self.response_statuses.push(i16::try_from(delivery.response_status).unwrap_or(200));
        self.response_bodies.push(delivery.response_body.clone());
        self.received.push(delivery.received_at);
    }
}

async fn insert(tx: &mut TenantTx, deliveries: &[&Delivery]) -> Result<Vec<Stored>, StoreError> {
    let mut columns = Columns::default();
    // The same key twice in one batch: the first is stored, the others are its duplicates.
    let mut first: HashMap<(&str, &str), &Delivery> = HashMap::new();
    let planted = kernel::faults::planted("dedupe-outside-transaction");
    for delivery in deliveries {
        let key = delivery.dedupe_key.as_deref();
        let is_repeat = key.is_some_and(|key| {
            let known = first.insert((&delivery.source, key), delivery);
            known.is_some_and(|known| {
                first.insert((&delivery.source, key), known);
                true
            })
        });
        if planted {
            if !seen_before(tx, delivery).await? {
                columns.push(delivery, None);
            }
        } else if !is_repeat {
            columns.push(delivery, delivery.dedupe_key.clone());
        }
    }
    let rows = upsert(tx, &columns).await?;
    let fresh: HashMap<Uuid, bool> = rows.iter().map(|row| (row.delivery_id, row.is_new)).collect();
    let known: HashMap<(&str, &str), &Row> = rows
        .iter()
        .filter_map(|row| Some(((row.source.as_str(), row.dedupe_key.as_deref()?), row)))
        .collect();
    let events: Vec<Event> = deliveries
        .iter()
        .filter(|delivery| fresh.get(&delivery.id.uuid()) == Some(&true))
        .filter_map(|delivery| delivery.event.clone())
        .collect();
    tx.append_all(&events).await?;
    Ok(deliveries
        .iter()
        .map(|delivery| {
            if fresh.get(&delivery.id.uuid()) == Some(&true) {
                return Stored::New;
            }
            let key =
                (delivery.source.as_str(), delivery.dedupe_key.as_deref().unwrap_or_default());
            known.get(&key).map_or(Stored::New, |row| Stored::Duplicate {
                status: u16::try_from(row.response_status).unwrap_or(200),
                body: row.response_body.clone(),
            })
        })
        .collect())
}

struct Row {
    delivery_id: Uuid,
    source: String,
    dedupe_key: Option<String>,
    response_status: i16,
    response_body: Vec<u8>,
    is_new: bool,
}

async fn upsert(tx: &mut TenantTx, columns: &Columns) -> Result<Vec<Row>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        insert into webhook.received as r
            (delivery_id, source, type, dedupe_key, headers, body, verified_by, status, event_id,
             response_status, response_body, received_at)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[], $7::text[],
                             $8::text[], $9::uuid[], $10::smallint[], $11::bytea[], $12::timestamptz[])
        on conflict (tenant_id, source, dedupe_key) do update set duplicates = r.duplicates + 1
        returning r.delivery_id, r.source, r.dedupe_key, r.response_status, r.response_body,
                  (r.duplicates = 0) as "is_new!"
        "#,
        &columns.ids,
        &columns.sources,
        &columns.kinds,
        &columns.keys as &[Option<String>],
        &columns.headers,
        &columns.bodies,
        &columns.verified_by,
        &columns.statuses,
        &columns.events as &[Option<Uuid>],
        &columns.response_statuses,
        &columns.response_bodies,
        &columns.received,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The planted bug: asks before the insert, in another transaction, instead of letting the
/// constraint decide.
async fn seen_before(tx: &TenantTx, delivery: &Delivery) -> Result<bool, StoreError> {
    let Some(key) = &delivery.dedupe_key else { return Ok(false) };
    let mut other = tx.db().tenant(tx.tenant()).await?;
    let event_id = format!("\"{key}\"");
    let count = sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from webhook.received
        where source = $1 and position($2 in convert_from(body, 'UTF8')) > 0
        "#,
        delivery.source,
        event_id,
    )
    .fetch_one(other.conn())
    .await?;
    other.commit().await?;
    Ok(0 < count)
}
