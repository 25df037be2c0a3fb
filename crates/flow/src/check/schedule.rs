//! What starts a definition: time, or events.

use super::{At, Checker};
use crate::{
    machine::gather::FILTERS_MAX,
    model::{Consumption, Read},
    schedule::{self, Missed, Schedule, When},
    source::Content,
};

/// A shorter interval is a mistake.
const EVERY_MS_MIN: i64 = 1_000;

/// What starts a definition.
#[derive(Debug, Default)]
pub(super) struct Starts {
    pub(super) schedule: Option<Schedule>,
    pub(super) on: Option<Consumption>,
    pub(super) read: Read,
}

impl Checker<'_> {
    pub(super) fn schedule(&mut self, at: &At<'_>, about: Option<&At<'_>>) -> Starts {
        let mut starts = Starts::default();
        if !self.map(at, &["every", "cron", "after", "on", "read"], &[]) {
            return starts;
        }
        let Some(name) = self.exactly_one(at, &["every", "cron", "after", "on"]) else {
            return starts;
        };
        let Some(place) = at.get(name) else { return starts };
        if let Some(read) = at.get("read") {
            if name != "on" {
                self.problem(&read, format!("`read` goes with `on`, and this has `{name}`"));
            }
            starts.read = self.read(&read).unwrap_or_default();
        }
        let when = match name {
            "on" => {
                starts.on = self.starting_events(&place);
                return starts;
            }
            "cron" => self.text(&place).and_then(|text| match schedule::cron(text) {
                Ok(cron) => Some(When::Cron(Box::new(cron))),
                Err(reason) => {
                    self.problem(&place, reason);
                    None
                }
            }),
            "every" => self.duration(&place).and_then(|millis| {
                if millis < EVERY_MS_MIN {
                    self.problem(&place, "an interval is at least one second");
                    return None;
                }
                Some(When::Every(millis))
            }),
            _ => self.duration(&place).map(When::After),
        };
        let settings = about.and_then(|about| about.get("metadata")?.get("schedule"));
        let (time_zone, missed) = settings.map(|it| self.settings(&it)).unwrap_or_default();
        starts.schedule = when.map(|when| Schedule { when, missed, time_zone });
        starts
    }

    /// `document.metadata.schedule`: `{ timeZone, missed }`.
    fn settings(&mut self, at: &At<'_>) -> (Option<chrono_tz::Tz>, Missed) {
        if !self.map(at, &["timeZone", "missed"], &[]) {
            return (None, Missed::default());
        }
        let time_zone = at.get("timeZone").and_then(|place| {
            let text = self.text(&place)?;
            schedule::time_zone(text).map_err(|reason| self.problem(&place, reason)).ok()
        });
        let words = [("skip", Missed::Skip), ("once", Missed::Once), ("all", Missed::All)];
        let missed = at.get("missed").and_then(|place| self.word(&place, &words));
        (time_zone, missed.unwrap_or_default())
    }

    /// Each event that fits starts a run of its own, or, of `all`, one for each filter do together.
    fn starting_events(&mut self, at: &At<'_>) -> Option<Consumption> {
        if let Some(until) = at.get("until") {
            self.problem(&until, "a run starts with one event, or one for each of `all`, so there is no `until` here");
            return None;
        }
        if let Some(all) = at.get("all")
            && matches!(&all.node.content, Content::List(items) if FILTERS_MAX < items.len())
        {
            self.problem(&all, format!("a run starts with at most {FILTERS_MAX} events"));
            return None;
        }
        if let Some(any) = at.get("any")
            && matches!(&any.node.content, Content::List(items) if items.is_empty())
        {
            self.problem(&any, "name the events that start it; not every event can");
            return None;
        }
        let to = self.consumption(at)?;
        // What starts runs is looked up by type, for each event there is.
        if crate::machine::listens::types(&to).iter().any(|kind| kind == crate::model::ANY_TYPE) {
            self.problem(at, "each event that starts a run is named by its `type`, written out");
            return None;
        }
        Some(to)
    }
}
