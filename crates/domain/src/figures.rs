//! Figures over time: how far back they reach, the even parts that a chart of them has, shares and percentiles.

use chrono::{DurationRound as _, TimeDelta};
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far back figures reach, to the beginning of an hour or a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FigureWindow")]
pub enum Window {
    /// By the hour.
    #[default]
    #[serde(rename = "24h")]
    Day,
    /// By the day (UTC).
    #[serde(rename = "7d")]
    Week,
    /// By the day (UTC).
    #[serde(rename = "30d")]
    Month,
}

impl Window {
    /// The window that ends now; the part that goes on is its last.
    pub fn until(self, now: Timestamp) -> Span {
        let (step, parts) = match self {
            Self::Day => (TimeDelta::hours(1), 24),
            Self::Week => (TimeDelta::days(1), 7),
            Self::Month => (TimeDelta::days(1), 30),
        };
        let last = now.duration_trunc(step).unwrap_or(now);
        Span { since: last - step * (parts - 1), step, parts }
    }
}

/// A stretch of time in even parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub since: Timestamp,
    step: TimeDelta,
    parts: i32,
}

impl Span {
    /// The lowest id of its time.
    pub fn first_id(&self) -> Uuid {
        first_id(self.since)
    }

    /// The length of a part.
    pub fn step_seconds(&self) -> i64 {
        self.step.num_seconds()
    }

    /// When each part begins.
    pub fn beginnings(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let Self { since, step, parts } = *self;
        (0..parts).map(move |part| since + step * part)
    }

    /// One thing for each part, from what rows say of some of them: the number of the part (from 0) and the thing.
    pub fn series<T>(
        &self,
        rows: impl IntoIterator<Item = (i32, T)>,
        empty: impl Fn(Timestamp) -> T,
    ) -> Vec<T> {
        let mut series: Vec<T> = self.beginnings().map(empty).collect();
        for (part, found) in rows {
            let part = part.clamp(0, self.parts - 1);
            if let Some(place) = usize::try_from(part).ok().and_then(|part| series.get_mut(part)) {
                *place = found;
            }
        }
        series
    }

    /// When a part begins.
    pub fn beginning(&self, part: i32) -> Timestamp {
        self.since + self.step * part
    }
}

/// The lowest id of that time: its first 48 bits are milliseconds.
pub fn first_id(since: Timestamp) -> Uuid {
    let millis = u128::try_from(since.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}

/// Times that half of the samples, and nearly all of them, stayed under, in milliseconds; absent without samples.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Percentiles {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<i64>,
}

/// Seconds as milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds")]
pub fn millis(seconds: Option<f64>) -> Option<i64> {
    seconds.map(|seconds| (seconds * 1000.0).round() as i64)
}

/// A share from 0 to 1; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share of a month's work")]
pub fn share(part: i64, whole: i64) -> Option<f64> {
    (0 < whole).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_time_is_below_every_id_made_then() {
        let since: Timestamp = "2026-11-21T10:00:00.250Z".parse().unwrap();
        let first = first_id(since);
        assert_eq!(first.as_u128() >> 80, u128::try_from(since.timestamp_millis()).unwrap());
        assert_eq!(first.as_u128() << 48, 0);
    }

    #[test]
    fn a_share_of_nothing_is_no_number() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(1, 2), Some(0.5));
    }

    #[test]
    fn a_window_has_even_parts_and_ends_with_the_one_that_goes_on() {
        let now: Timestamp = "2026-11-21T10:20:30Z".parse().unwrap();
        let beginnings = |window: Window| -> Vec<String> {
            window.until(now).beginnings().map(|at| at.to_rfc3339()).collect()
        };
        let day = beginnings(Window::Day);
        assert_eq!((day.len(), day[0].as_str()), (24, "2026-11-20T11:00:00+00:00"));
        assert_eq!(day[23], "2026-11-21T10:00:00+00:00");
        let month = beginnings(Window::Month);
        assert_eq!((month.len(), month[0].as_str()), (30, "2026-10-23T00:00:00+00:00"));
        assert_eq!(beginnings(Window::Week)[6], "2026-11-21T00:00:00+00:00");
    }

    #[test]
    fn a_series_has_something_for_every_part() {
        let now: Timestamp = "2026-11-21T10:20:30Z".parse().unwrap();
        let series = Window::Week.until(now).series([(0, 5), (6, 7), (9, 8)], |_| 0);
        assert_eq!(series, [5, 0, 0, 0, 0, 0, 8]);
    }
}
