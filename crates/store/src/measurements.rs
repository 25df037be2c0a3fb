//! What was done for each tenant and how long it took, by the minute: counted in memory, written every
//! few seconds.
//!
//! It costs the work that is measured no statement. What a killed process had not written yet is lost, so
//! nothing that must be right is decided by it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DurationRound as _, TimeDelta};
use kernel::{TenantId, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{Db, StoreError};

/// Upper bounds of the buckets in milliseconds; one more bucket holds what took longer.
pub const BOUNDS_MS: [i64; 14] =
    [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];
const BUCKETS: usize = BOUNDS_MS.len() + 1;
/// How many different things one process counts between two writes; what is beyond is not counted.
const KEYS_MAX: usize = 100_000;
/// How long measurements are kept: a week, and a day for whoever looks late.
pub const KEPT: TimeDelta = TimeDelta::days(8);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Series {
    /// Requests to our API, by operation. A failure is a status of 500 or more.
    HttpRequest,
    /// Attempts of connectors' functions, by function.
    Call,
    /// Operations that flows called, by operation.
    Operation,
    /// Webhooks that came in, by source, and the refused ones again as `SOURCE/CODE`.
    WebhookReceived,
    /// Attempts to deliver our webhooks.
    WebhookDelivery,
}

impl Series {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpRequest => "http_request",
            Self::Call => "call",
            Self::Operation => "operation",
            Self::WebhookReceived => "webhook_received",
            Self::WebhookDelivery => "webhook_delivery",
        }
    }
}

/// What was counted and is not written yet.
#[derive(Debug, Default)]
pub struct Measurements {
    counted: Mutex<HashMap<Key, Sample>>,
    failed: Notify,
}

type Key = (TenantId, Series, String, Timestamp);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sample {
    count: i64,
    failures: i64,
    total_ms: i64,
    max_ms: i64,
    buckets: [i64; BUCKETS],
    last_success_at: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
}

impl Sample {
    fn add(&mut self, taken: Duration, failed: bool, now: Timestamp) {
        let taken_ms = i64::try_from(taken.as_millis()).unwrap_or(i64::MAX / 2);
        self.count += 1;
        self.failures += i64::from(failed);
        self.total_ms = self.total_ms.saturating_add(taken_ms);
        self.max_ms = self.max_ms.max(taken_ms);
        self.buckets[BOUNDS_MS.partition_point(|bound| *bound < taken_ms)] += 1;
        let last = if failed { &mut self.last_failure_at } else { &mut self.last_success_at };
        *last = Some(now);
    }
}

impl Measurements {
    /// Resolves when a call of an outside function, or an operation of a flow, failed.
    pub async fn failed(&self) {
        self.failed.notified().await;
    }

    fn add(&self, key: Key, taken: Duration, failed: bool, now: Timestamp) {
        let tells = failed && matches!(key.1, Series::Call | Series::Operation);
        {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.len() < KEYS_MAX || counted.contains_key(&key) {
                counted.entry(key).or_default().add(taken, failed, now);
            }
        }
        if tells {
            self.failed.notify_one();
        }
    }

    fn take(&self) -> HashMap<Key, Sample> {
        std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What could not be written is counted again.
    fn give_back(&self, samples: HashMap<Key, Sample>) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, sample) in samples.into_iter().take(KEYS_MAX) {
            let present = counted.entry(key).or_default();
            present.count += sample.count;
            present.failures += sample.failures;
            present.total_ms = present.total_ms.saturating_add(sample.total_ms);
            present.max_ms = present.max_ms.max(sample.max_ms);
            for (bucket, more) in present.buckets.iter_mut().zip(sample.buckets) {
                *bucket += more;
            }
            present.last_success_at = present.last_success_at.max(sample.last_success_at);
            present.last_failure_at = present.last_failure_at.max(sample.last_failure_at);
        }
    }
}

impl Db {
    /// Counts one piece of a tenant's work. `label` is a name of ours, never a client's text.
    pub fn measure(
        &self,
        tenant: TenantId,
        series: Series,
        label: &str,
        taken: Duration,
        failed: bool,
    ) {
        let now = self.clock().now();
        let minute = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
        self.measurements().add((tenant, series, label.to_owned(), minute), taken, failed, now);
    }

    /// Writes what was counted since the last time.
    pub async fn flush_measurements(&self) -> Result<(), StoreError> {
        let samples = self.measurements().take();
        if samples.is_empty() {
            return Ok(());
        }
        let written = write(self, &samples).await;
        if written.is_err() {
            self.measurements().give_back(samples);
        }
        written
    }

    /// Removes what nobody asks for any more.
    pub async fn forget_measurements(&self) -> Result<(), StoreError> {
        let mut tx = self.system().await?;
        let before = self.clock().now() - KEPT;
        sqlx::query!("delete from insight.measurement where minute < $1", before)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }
}

async fn write(db: &Db, samples: &HashMap<Key, Sample>) -> Result<(), StoreError> {
    // In one order on every node, so that two that write the same rows wait and do not deadlock.
    let mut rows: Vec<(&Key, &Sample)> = samples.iter().collect();
    rows.sort_by_key(|(key, _)| *key);
    let tenants: Vec<Uuid> = rows.iter().map(|((tenant, ..), _)| tenant.uuid()).collect();
    let series: Vec<String> = rows.iter().map(|(key, _)| key.1.as_str().to_owned()).collect();
    let labels: Vec<String> = rows.iter().map(|(key, _)| key.2.clone()).collect();
    let minutes: Vec<Timestamp> = rows.iter().map(|(key, _)| key.3).collect();
    let column = |of: fn(&Sample) -> i64| rows.iter().map(|(_, it)| of(it)).collect::<Vec<i64>>();
    let times = |of: fn(&Sample) -> Option<Timestamp>| {
        rows.iter().map(|(_, it)| of(it)).collect::<Vec<Option<Timestamp>>>()
    };
    // Arrays of arrays are not unnested by row: the buckets come as one long list.
    let buckets: Vec<i64> = rows.iter().flat_map(|(_, sample)| sample.buckets).collect();
    let width = i64::try_from(BUCKETS).unwrap_or(i64::MAX);
    let mut tx = db.system().await?;
    sqlx::query!(
        r#"
        insert into insight.measurement as m
            (tenant_id, series, label, minute, count, failures, total_ms, max_ms, buckets, last_success_at,
             last_failure_at)
        select n.tenant_id, n.series, n.label, n.minute, n.count, n.failures, n.total_ms, n.max_ms,
               ($11::bigint[])[((n.number - 1) * $12 + 1)::int:(n.number * $12)::int],
               n.last_success_at, n.last_failure_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[],
                    $7::bigint[], $8::bigint[], $9::timestamptz[], $10::timestamptz[]) with ordinality
             as n (tenant_id, series, label, minute, count, failures, total_ms, max_ms, last_success_at,
                   last_failure_at, number)
        on conflict (tenant_id, series, label, minute) do update set
            count = m.count + excluded.count,
            failures = m.failures + excluded.failures,
            total_ms = m.total_ms + excluded.total_ms,
            max_ms = greatest(m.max_ms, excluded.max_ms),
            buckets = (select array_agg(a + b order by number)
                       from unnest(m.buckets, excluded.buckets) with ordinality as u (a, b, number)),
            last_success_at = greatest(m.last_success_at, excluded.last_success_at),
            last_failure_at = greatest(m.last_failure_at, excluded.last_failure_at)
        "#,
        &tenants,
        &series,
        &labels,
        &minutes,
        &column(|it| it.count),
        &column(|it| it.failures),
        &column(|it| it.total_ms),
        &column(|it| it.max_ms),
        &times(|it| it.last_success_at) as &[Option<Timestamp>],
        &times(|it| it.last_failure_at) as &[Option<Timestamp>],
        &buckets,
        width,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// The time that this share of the samples stayed under, in milliseconds: between the bounds of its
/// bucket by its rank, and never above the longest. None without samples.
pub fn quantile_ms(buckets: &[i64], max_ms: i64, share: f64) -> Option<i64> {
    let total: i64 = buckets.iter().sum();
    if total == 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "counts of a week, and an estimate anyway"
    )]
    let rank = ((total as f64 * share).ceil() as i64).clamp(1, total);
    let mut below = 0;
    for (number, count) in buckets.iter().enumerate() {
        if rank <= below + count {
            let low = number.checked_sub(1).and_then(|it| BOUNDS_MS.get(it)).copied().unwrap_or(0);
            let high = BOUNDS_MS.get(number).copied().unwrap_or(max_ms).min(max_ms).max(low);
            return Some(low + (high - low) * (rank - below) / count);
        }
        below += count;
    }
    Some(max_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(times: &[u64]) -> Sample {
        let mut sample = Sample::default();
        for ms in times {
            sample.add(Duration::from_millis(*ms), false, Timestamp::UNIX_EPOCH);
        }
        sample
    }

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        let sample = sampled(&[5, 6, 5_000, 5_001, 999_999]);
        assert_eq!((sample.buckets[0], sample.buckets[1]), (1, 1));
        assert_eq!((sample.buckets[9], sample.buckets[10], sample.buckets[14]), (1, 1, 1));
        assert_eq!((sample.count, sample.max_ms), (5, 999_999));
    }

    #[test]
    fn a_quantile_lies_in_the_bucket_of_its_rank() {
        let quantile = |times: &[u64], share| {
            let sample = sampled(times);
            quantile_ms(&sample.buckets, sample.max_ms, share)
        };
        assert_eq!(quantile(&[], 0.95), None);
        assert_eq!(quantile(&[6_000], 0.95), Some(6_000));
        assert_eq!(quantile(&[5_000], 0.95), Some(5_000));
        let mut nineteen = vec![20; 19];
        nineteen.push(9_000);
        assert!(quantile(&nineteen, 0.95).unwrap() <= 25);
        nineteen.push(9_000);
        assert!(5_000 < quantile(&nineteen, 0.95).unwrap());
    }

    #[test]
    fn what_was_given_back_is_counted_once() {
        let measurements = Measurements::default();
        let now = Timestamp::UNIX_EPOCH;
        let tenant = TenantId::from(Uuid::nil());
        let key = (tenant, Series::Call, "slack.post_message".to_owned(), now);
        measurements.add(key.clone(), Duration::from_millis(7), true, now);
        let taken = measurements.take();
        measurements.add(key.clone(), Duration::from_millis(3), false, now);
        measurements.give_back(taken);
        let sample = &measurements.take()[&key];
        assert_eq!((sample.count, sample.failures, sample.total_ms, sample.max_ms), (2, 1, 10, 7));
        assert_eq!((sample.last_success_at, sample.last_failure_at), (Some(now), Some(now)));
    }
}
