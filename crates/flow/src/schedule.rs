//! When a definition starts by itself.

use std::str::FromStr as _;

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use croner::Cron;
use kernel::Timestamp;

/// How late a start may be and still be on time.
const GRACE: TimeDelta = TimeDelta::seconds(60);
/// How many missed starts are made up for at once.
const MADE_UP_MAX: usize = 100;

/// When a definition starts by itself.
#[derive(Debug)]
pub struct Schedule {
    pub(crate) when: When,
    pub(crate) missed: Missed,
    /// The tenant's, if the definition names none.
    pub(crate) time_zone: Option<Tz>,
}

#[derive(Debug)]
pub(crate) enum When {
    /// So many milliseconds after the last start.
    Every(i64),
    Cron(Box<Cron>),
    /// So many milliseconds after the last run has completed; at once the first time.
    After(i64),
}

/// What becomes of starts that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missed {
    /// They are left out.
    Skip,
    /// One run stands for them all.
    #[default]
    Once,
    /// Each is made up for.
    All,
}

/// What is to be done about a start that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The moments that runs are started for, the earliest first.
    pub starts: Vec<Timestamp>,
    /// When to look again; none until a run has ended.
    pub next: Option<Timestamp>,
}

impl Schedule {
    /// The first start of a definition that is published now.
    pub fn first(&self, now: Timestamp, zone: &str) -> Option<Timestamp> {
        match &self.when {
            When::After(_) => Some(now),
            _ => self.following(now, zone),
        }
    }

    /// The start that follows one.
    fn following(&self, start: Timestamp, zone: &str) -> Option<Timestamp> {
        match &self.when {
            When::Every(millis) => start.checked_add_signed(TimeDelta::milliseconds(*millis)),
            When::After(_) => None,
            When::Cron(cron) => {
                let local: DateTime<Tz> = start.with_timezone(&self.zone(zone));
                let next = cron.find_next_occurrence(&local, false).ok()?;
                Some(next.to_utc())
            }
        }
    }

    /// The last start up to `now` of those that follow `start`. They are not gone through: nobody may have been
    /// there for years.
    fn last(&self, start: Timestamp, now: Timestamp, zone: &str) -> Option<Timestamp> {
        let last = match &self.when {
            When::Every(millis) => {
                let rounds = (now - start).num_milliseconds() / (*millis).max(1);
                let passed = rounds.checked_mul(*millis).map(TimeDelta::milliseconds)?;
                start.checked_add_signed(passed)
            }
            When::After(_) => None,
            When::Cron(cron) => {
                let local: DateTime<Tz> = now.with_timezone(&self.zone(zone));
                let last = cron.find_previous_occurrence(&local, true).ok()?;
                Some(last.to_utc())
            }
        };
        last.filter(|last| start < *last && *last <= now)
    }

    /// Its own time zone, or else the tenant's.
    fn zone(&self, tenants: &str) -> Tz {
        self.time_zone.unwrap_or_else(|| Tz::from_str(tenants).unwrap_or(Tz::UTC))
    }

    /// What to do now about a start that was due at `due`, in the tenant's time zone.
    pub fn due(&self, due: Timestamp, now: Timestamp, zone: &str) -> Due {
        if self.missed != Missed::All {
            let last = self.last(due, now, zone).unwrap_or(due);
            // The last one that came due may be late itself.
            let is_wanted = self.missed == Missed::Once || now - last <= GRACE;
            let starts = if is_wanted { vec![last] } else { Vec::new() };
            return Due { starts, next: self.following(last, zone) };
        }
        let mut starts = vec![due];
        let mut next = self.following(due, zone);
        while let Some(following) = next
            && following <= now
            && starts.len() < MADE_UP_MAX
        {
            starts.push(following);
            next = self.following(following, zone);
        }
        Due { starts, next }
    }

    /// What it says, for people: `cron 0 9 * * 1-5`, `every 60 s`.
    pub fn describe(&self) -> String {
        match &self.when {
            When::Every(millis) => format!("every {} s", millis / 1_000),
            When::After(millis) => format!("{} s after its end", millis / 1_000),
            When::Cron(cron) => format!("cron {}", cron.pattern),
        }
    }

    /// When to start again after a run that ended now, if that decides it.
    pub fn after_end(&self, now: Timestamp) -> Option<Timestamp> {
        match self.when {
            When::After(millis) => now.checked_add_signed(TimeDelta::milliseconds(millis)),
            When::Every(_) | When::Cron(_) => None,
        }
    }
}

/// Reads a cron expression of five fields.
pub(crate) fn cron(text: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 5 {
        return Err(format!(
            "`{text}` is no cron expression of five fields (minute, hour, day, month, weekday), such as `0 9 * * 1-5`"
        ));
    }
    let wrong = || {
        format!(
            "`{text}` is no cron expression: minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7"
        )
    };
    // A list of nothing would be looked for second by second.
    if fields.iter().any(|field| field.split(',').any(str::is_empty)) {
        return Err(wrong());
    }
    let cron = Cron::from_str(text).map_err(|_speaks_of_seconds| wrong())?;
    if cron.find_next_occurrence(&DateTime::UNIX_EPOCH, false).is_err() {
        return Err(format!("`{text}` never comes"));
    }
    Ok(cron)
}

/// Reads the name of a time zone of the IANA database.
pub(crate) fn time_zone(text: &str) -> Result<Tz, String> {
    Tz::from_str(text)
        .map_err(|_says_less| format!("`{text}` is no time zone such as `Africa/Nairobi` or `UTC`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(text: &str, missed: Missed) -> Schedule {
        Schedule { when: When::Cron(Box::new(cron(text).unwrap())), missed, time_zone: None }
    }

    #[test]
    fn a_cron_expression_is_of_the_tenants_time_zone() {
        let daily = schedule("30 9 * * *", Missed::Once);
        let from = at("2026-01-05T00:00:00Z");
        assert_eq!(daily.first(from, "Africa/Nairobi"), Some(at("2026-01-05T06:30:00Z")));
        assert_eq!(daily.first(from, "UTC"), Some(at("2026-01-05T09:30:00Z")));
        assert_eq!(daily.first(from, "nowhere"), Some(at("2026-01-05T09:30:00Z")));
        let own = Schedule { time_zone: Some(time_zone("Europe/Berlin").unwrap()), ..daily };
        assert_eq!(own.first(from, "Africa/Nairobi"), Some(at("2026-01-05T08:30:00Z")));
    }

    #[test]
    fn a_day_of_23_or_25_hours_has_one_start_a_day() {
        let zone = "Europe/Berlin";
        let daily = schedule("30 2 * * *", Missed::Once);
        // 2026-03-29: there is no 02:30. 2026-10-25: there are two.
        let mut found = Vec::new();
        for begin in ["2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z"] {
            let mut start = daily.first(at(begin), zone).unwrap();
            for _ in 0..4 {
                found.push(start.with_timezone(&time_zone(zone).unwrap()).to_rfc3339());
                start = daily.following(start, zone).unwrap();
            }
        }
        assert_eq!(
            found,
            [
                "2026-03-28T02:30:00+01:00",
                "2026-03-29T03:00:00+02:00",
                "2026-03-30T02:30:00+02:00",
                "2026-03-31T02:30:00+02:00",
                "2026-10-24T02:30:00+02:00",
                "2026-10-25T02:30:00+02:00",
                "2026-10-26T02:30:00+01:00",
                "2026-10-27T02:30:00+01:00",
            ]
        );
    }

    #[test]
    fn missed_starts_are_left_out_made_up_for_once_or_each() {
        let (due, now) = (at("2026-01-05T09:00:00Z"), at("2026-01-05T12:30:00Z"));
        let hour = |hour: u32| at(&format!("2026-01-05T{hour:02}:00:00Z"));
        let hourly = |missed| schedule("0 * * * *", missed).due(due, now, "UTC");
        let next = Some(hour(13));
        assert_eq!(hourly(Missed::Skip), Due { starts: vec![], next });
        assert_eq!(hourly(Missed::Once), Due { starts: vec![hour(12)], next });
        let all = vec![hour(9), hour(10), hour(11), hour(12)];
        assert_eq!(hourly(Missed::All), Due { starts: all, next });
        let on_time = schedule("0 * * * *", Missed::Skip).due(due, due + GRACE, "UTC");
        assert_eq!(on_time, Due { starts: vec![due], next: Some(hour(10)) });
    }

    #[test]
    fn the_last_missed_start_is_found_without_going_through_those_before_it() {
        let zone = "Europe/Berlin";
        let (due, now) = (at("2016-01-05T09:00:00Z"), at("2026-01-05T12:30:10Z"));
        for when in [When::Every(1_000), When::Cron(Box::new(cron("* * * * *").unwrap()))] {
            let schedule = Schedule { when, missed: Missed::Once, time_zone: None };
            let began = std::time::Instant::now();
            let found = schedule.due(due, now, zone);
            assert!(began.elapsed() < std::time::Duration::from_secs(1), "{}", schedule.describe());
            let [last] = found.starts[..] else { panic!("{found:?}") };
            assert!(now - last < TimeDelta::minutes(1) && now < found.next.unwrap(), "{found:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_last_missed_start_is_the_one_that_following_them_leads_to(
            pattern in proptest::sample::select(vec![
                "30 2 * * *", "*/20 * * * *", "0 0 1 * *", "15 1-3 * * SUN", "0 12 L * *", "45 23 * 3,10 6#L",
            ]),
            zone in proptest::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
            ]),
            // Around the days of 2026 on which the clocks change, among others.
            begin in 1_770_000_000_i64..1_795_000_000,
            away in 1_i64..20 * 24 * 3_600,
        ) {
            let schedule = schedule(pattern, Missed::Once);
            let begin = DateTime::from_timestamp(begin, 0).unwrap();
            let due = schedule.first(begin, zone).unwrap();
            let now = due + TimeDelta::seconds(away);
            let (mut last, mut next) = (due, schedule.following(due, zone));
            while let Some(following) = next && following <= now {
                last = following;
                next = schedule.following(following, zone);
            }
            proptest::prop_assert_eq!(schedule.due(due, now, zone), Due { starts: vec![last], next });
        }
    }

    #[test]
    fn many_missed_starts_are_made_up_for_little_by_little() {
        let minutely = schedule("* * * * *", Missed::All);
        let (begin, now) = (at("2026-01-05T09:00:00Z"), at("2026-01-05T12:00:00Z"));
        let first = minutely.due(begin, now, "UTC");
        assert_eq!(first.starts.len(), MADE_UP_MAX);
        let next = first.next.unwrap();
        assert_eq!(next, begin + TimeDelta::minutes(100));
        assert_eq!(minutely.due(next, now, "UTC").starts.len(), 81);
    }

    #[test]
    fn every_counts_from_start_to_start_and_after_from_end_to_start() {
        let now = at("2026-01-05T09:00:00Z");
        let every = Schedule { when: When::Every(60_000), missed: Missed::Once, time_zone: None };
        assert_eq!(every.first(now, "UTC"), Some(now + TimeDelta::minutes(1)));
        let late = now + TimeDelta::seconds(90);
        let next = Some(now + TimeDelta::minutes(2));
        assert_eq!(every.due(now + TimeDelta::minutes(1), late, "UTC").next, next);
        assert_eq!(every.after_end(now), None);
        let after = Schedule { when: When::After(60_000), missed: Missed::Once, time_zone: None };
        assert_eq!(after.first(now, "UTC"), Some(now));
        assert_eq!(after.due(now, late, "UTC"), Due { starts: vec![now], next: None });
        assert_eq!(after.after_end(now), Some(now + TimeDelta::minutes(1)));
    }

    #[test]
    fn what_is_no_schedule_says_so() {
        assert_eq!(cron("0 0 30 2 *").unwrap_err(), "`0 0 30 2 *` never comes");
        for wrong in [
            "",
            "* * * *",
            "* * * * * *",
            "61 * * * *",
            "a b c d e",
            "@daily",
            ", * * * *",
            "1,,2 * * * *",
        ] {
            assert!(
                cron(wrong).unwrap_err().starts_with(&format!("`{wrong}` is no cron")),
                "{wrong}"
            );
        }
        assert!(time_zone("Kenya/Nairobi").unwrap_err().contains("`Africa/Nairobi`"));
    }
}
