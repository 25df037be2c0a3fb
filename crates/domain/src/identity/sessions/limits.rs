//! Guessing passwords and codes: each failure makes the next try of the account, and of the network, wait longer.
//!
//! A try is counted before it is made, so that many at once are counted too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::TimeDelta;
use kernel::Timestamp;

use super::hash_of;
use crate::{App, Problem};

/// How many failures of an account, or of a network, cost nothing.
const FREE_OF_ACCOUNT: i32 = 5;
const FREE_OF_NETWORK: i32 = 50;
/// The longest wait.
const WAIT_MAX: TimeDelta = TimeDelta::minutes(15);
/// After so long without another, failures are forgotten.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// What failures are counted by.
#[derive(Debug, Clone)]
pub(in crate::identity) struct Subjects {
    account: String,
    network: Option<String>,
}

impl Subjects {
    /// `account` is an address or an id; only its hash is kept.
    pub(in crate::identity) fn new(account: &str, address: Option<IpAddr>) -> Self {
        Self {
            account: format!("account {}", hex::encode(hash_of(account))),
            network: address.map(|address| format!("network {}", network(address))),
        }
    }

    fn all(&self) -> impl Iterator<Item = (&str, i32)> {
        let network = self.network.as_deref().map(|network| (network, FREE_OF_NETWORK));
        std::iter::once((self.account.as_str(), FREE_OF_ACCOUNT)).chain(network)
    }
}

/// The neighbourhood of an address: who has one of its addresses often has the others.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(it) => {
            format!("{}/24", Ipv4Addr::from_bits(it.to_bits() & !0xff))
        }
        IpAddr::V6(it) => {
            format!("{}/64", Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

/// Counts a try as failed until it turns out otherwise.
///
/// # Errors
/// `too-many-requests` while the account or the network has to wait.
pub(in crate::identity) async fn attempt(app: &App, subjects: &Subjects) -> Result<(), Problem> {
    let now = app.db.clock().now();
    let mut tx = app.db.identity().await?;
    let mut blocked = now;
    for (subject, free) in subjects.all() {
        let counted = sqlx::query!(
            r#"
            insert into identity.sign_in_failure as f (subject, failures, last_at, blocked_until)
            values ($1, 1, $2, $2)
            on conflict (subject) do update set
                failures = case when f.last_at < $3 then 1
                                when $2 < f.blocked_until then f.failures
                                else f.failures + 1 end,
                last_at = case when $2 < f.blocked_until then f.last_at else $2 end
            returning failures, blocked_until
            "#,
            subject,
            now,
            now - REMEMBERED,
        )
        .fetch_one(tx.conn())
        .await?;
        if now < counted.blocked_until {
            blocked = blocked.max(counted.blocked_until);
            continue;
        }
        let wait = wait(counted.failures - free);
        if !wait.is_zero() {
            sqlx::query!(
                "update identity.sign_in_failure set blocked_until = $2 where subject = $1",
                subject,
                now + wait,
            )
            .execute(tx.conn())
            .await?;
        }
    }
    tx.commit().await?;
    if blocked <= now {
        return Ok(());
    }
    metrics::counter!("handoff_sign_in_blocked_total").increment(1);
    Err(Problem::new(
        "too-many-requests",
        "too many tries failed; wait for `Retry-After` seconds, or choose a new password by e-mail",
    )
    .retry_after((blocked - now).to_std().unwrap_or_default()))
}

/// The try was right: the account is free again, and the network has one failure less.
pub(in crate::identity) async fn succeeded(app: &App, subjects: &Subjects) -> Result<(), Problem> {
    let mut tx = app.db.identity().await?;
    sqlx::query!("delete from identity.sign_in_failure where subject = $1", subjects.account)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        r#"
        update identity.sign_in_failure set failures = greatest(failures - 1, 0), blocked_until = last_at
        where subject = $1
        "#,
        subjects.network,
    )
    .execute(tx.conn())
    .await?;
    let long_ago: Timestamp = app.db.clock().now() - REMEMBERED;
    sqlx::query!(
        "delete from identity.sign_in_failure where last_at < $1 and blocked_until < $1",
        long_ago
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(())
}

/// One second after the first failure too many, and twice as long after each further one.
fn wait(too_many: i32) -> TimeDelta {
    if too_many <= 0 {
        return TimeDelta::zero();
    }
    TimeDelta::seconds(1_i64 << (too_many - 1).min(20)).min(WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = [0, 1, 2, 3, 10, 11, 99].map(|it| wait(it).num_seconds()).into();
        assert_eq!(seconds, [0, 1, 2, 4, 512, 900, 900]);
    }

    #[test]
    fn neighbours_are_counted_together() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("203.0.113.7"), "203.0.113.0/24");
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:2"));
        assert_ne!(of("203.0.114.7"), of("203.0.113.7"));
    }
}
