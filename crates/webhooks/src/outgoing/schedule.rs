//! When a message is tried again, and when a subscription is given up.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::Timestamp;

/// The pauses between attempts, as Standard Webhooks recommends them: ten attempts in three days.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
/// How far a pause may differ, so that what failed together does not come back together.
const JITTER: f64 = 0.2;
/// After how many failed attempts of one message a person is told.
pub(super) const ALERT_AT: i32 = 4;
/// Failures this far apart, and none of a success between, start the clock of lasting failure.
const LASTING_AFTER: TimeDelta = TimeDelta::hours(12);
/// Failures further apart than this are not one trouble.
const ONE_TROUBLE: TimeDelta = TimeDelta::hours(24);
/// Nothing but failures for so long disables a subscription.
const DISABLE_AFTER: TimeDelta = TimeDelta::days(5);

/// How long to wait after a failed attempt, the first being 1; none after the last. `fraction` is a
/// random number from 0 to 1; `asked` is what the receiver asked for.
pub(super) fn pause(attempt: i32, fraction: f64, asked: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
    let pause = PAUSES.get(index)?;
    let jittered = pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * fraction);
    Some(asked.map_or(jittered, |asked| jittered.max(asked)))
}

/// What is remembered of a subscription's failures since its last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Failures {
    pub(super) first: Option<Timestamp>,
    pub(super) since: Option<Timestamp>,
}

impl Failures {
    /// After one more failure, and whether the subscription is to be disabled.
    pub(super) fn and_one(self, now: Timestamp) -> (Self, bool) {
        if let Some(since) = self.since {
            return (self, DISABLE_AFTER <= now - since);
        }
        match self.first {
            Some(first) if ONE_TROUBLE < now - first => {
                (Self { first: Some(now), since: None }, false)
            }
            Some(first) if LASTING_AFTER <= now - first => {
                (Self { first: Some(first), since: Some(now) }, false)
            }
            Some(_) => (self, false),
            None => (Self { first: Some(now), since: None }, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_about_three_days() {
        let total: Duration = (1..=9).map(|attempt| pause(attempt, 0.5, None).unwrap()).sum();
        assert_eq!(total, Duration::from_secs(5 + 5 * 60 + 30 * 60 + 75 * 3600));
        assert_eq!(pause(10, 0.5, None), None);
        assert_eq!(pause(0, 0.5, None), None);
    }

    #[test]
    fn pauses_vary_by_a_fifth_and_obey_the_receiver_where_it_asks_for_more() {
        let hours = |hours: f64| Some(Duration::from_secs_f64(hours * 3600.0));
        assert_eq!(pause(9, 0.0, None), hours(19.2));
        assert_eq!(pause(9, 1.0, None).map(|pause| pause.as_secs()), Some(103_680));
        assert_eq!(pause(1, 0.5, hours(1.0)), hours(1.0));
        assert_eq!(pause(4, 0.5, Some(Duration::from_secs(9))), hours(2.0));
    }

    #[test]
    fn five_days_of_nothing_but_failures_disable_and_a_bad_minute_does_not() {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let after = |hours: i64| start + TimeDelta::hours(hours);
        let (mut failures, mut disabled) = (Failures::default(), false);
        for minute in 0..10 {
            (failures, disabled) = failures.and_one(start + TimeDelta::minutes(minute));
        }
        assert_eq!((failures.since, disabled), (None, false));
        // A week later is another trouble.
        let (again, _) = failures.and_one(after(7 * 24));
        assert_eq!(again, Failures { first: Some(after(7 * 24)), since: None });
        // Twelve hours later it is the same one, and it lasts.
        let (lasting, disabled) = failures.and_one(after(12));
        assert_eq!((lasting.since, disabled), (Some(after(12)), false));
        assert!(!lasting.and_one(after(12 + 119)).1);
        assert!(lasting.and_one(after(12 + 120)).1);
    }
}
