//! Durations, cron expressions, time zones and what comes due.

use arbitrary::{Result, Unstructured};
use chrono::TimeDelta;

use crate::{
    duration,
    schedule::{self, Missed, Schedule, When},
    stage,
};

use super::{as_in_the_program, parts};

/// How long nobody was there.
const AWAY_SECONDS_MAX: i64 = 10 * 365 * 24 * 60 * 60;

/// Reads text as a duration, as a cron expression and as a time zone; behind a zero byte, when it is asked.
///
/// Promises: what comes due is found in bounded time, each start once and in order.
pub fn time(bytes: &[u8]) {
    let Some((text, rest)) = parts(bytes) else { return };
    as_in_the_program(|| {
        let duration = duration::parse(text);
        if let Ok(millis) = duration {
            assert!((0..=duration::DURATION_MS_MAX).contains(&millis), "{millis}");
        }
        let (pattern, zone) = text.split_once('|').unwrap_or((text, ""));
        let time_zone = schedule::time_zone(zone).ok();
        let when = match (schedule::cron(pattern), duration) {
            (Ok(cron), _) => Some(When::Cron(Box::new(cron))),
            (Err(_), Ok(millis)) if 1_000 <= millis => Some(When::Every(millis)),
            (Err(_), Ok(millis)) => Some(When::After(millis)),
            (Err(reason), Err(_)) => {
                assert!(!reason.is_empty());
                None
            }
        };
        let mut bytes = Unstructured::new(rest);
        if let Some(when) = when {
            // What is missing at the end is zero.
            let _too_few: Result<()> = comes_due(when, time_zone, &mut bytes);
        }
    });
}

fn comes_due(
    when: When,
    time_zone: Option<chrono_tz::Tz>,
    bytes: &mut Unstructured<'_>,
) -> Result<()> {
    let missed = *bytes.choose(&[Missed::Once, Missed::Skip, Missed::All])?;
    let schedule = Schedule { when, missed, time_zone };
    let now = stage::at(i64::from(bytes.arbitrary::<i32>()?));
    let zone = *bytes.choose(&["UTC", "Africa/Nairobi", "America/New_York", "nowhere"])?;
    assert!(!schedule.describe().is_empty());
    if let Some(first) = schedule.first(now, zone) {
        assert!(now <= first, "it first starts in the past: {first} at {now}");
    }
    if let Some(next) = schedule.after_end(now) {
        assert!(now <= next, "{next} is before {now}");
    }
    let due = now - TimeDelta::seconds(bytes.int_in_range(0..=AWAY_SECONDS_MAX)?);
    let found = schedule.due(due, now, zone);
    assert!(found.starts.is_sorted_by(|one, other| one < other), "{found:?}");
    assert!(found.starts.iter().all(|start| due <= *start && *start <= now), "{found:?}");
    if let (Some(last), Some(next)) = (found.starts.last(), found.next) {
        assert!(*last < next, "{found:?}");
    }
    if missed != Missed::All
        && let Some(next) = found.next
    {
        assert!(now < next, "what came due is not over: {found:?} at {now}");
    }
    Ok(())
}
