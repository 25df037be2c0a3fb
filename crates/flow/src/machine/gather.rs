//! Flows that start when one event for each of several filters has come.
//!
//! Pure as the interpreter is: whoever drives it keeps the sets of events that came so far.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Timestamp;
use serde_json::Value;

use super::Machine;
use crate::{
    model::{Consumption, Filter},
    program::Program,
    state::{Heard, ROOT, State},
};

/// How many filters one start may wait for.
pub(crate) const FILTERS_MAX: usize = 32;

/// What has come so far of the events that start one run together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HalfMet {
    /// The places of the filters that an event has come for, from 0.
    pub met: BTreeSet<usize>,
    /// What the correlations gave, by name: the first event's value stays.
    pub correlated: BTreeMap<String, Value>,
}

impl HalfMet {
    /// Adds an event that belongs to it.
    pub fn add(&mut self, event: &Fitting) {
        self.met.insert(event.filter);
        for (name, value) in &event.correlated {
            self.correlated.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// What an event is to the starts that wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    /// The place of the set that it belongs to, in the order given; none begins a set of its own.
    pub set: Option<usize>,
    /// The place of the filter that it meets.
    pub filter: usize,
    /// What the filter's correlations gave.
    pub correlated: BTreeMap<String, Value>,
    /// Whether it was the last that was missing.
    pub is_complete: bool,
}

/// A filter that the event fits, as far as the event alone can say.
struct Candidate<'p> {
    place: usize,
    filter: &'p Filter,
    correlated: BTreeMap<String, Value>,
}

impl Candidate<'_> {
    /// Whether its correlations agree with those of the events before it.
    fn agrees(&self, set: &HalfMet) -> bool {
        let learnt = self.filter.correlate.iter().filter(|it| it.expect.is_none());
        learnt.map(|correlation| &correlation.name).all(|name| {
            set.correlated.get(name).is_none_or(|known| self.correlated.get(name) == Some(known))
        })
    }
}

/// Where an event belongs among the sets, oldest first. None when it fits no filter, or repeats what a set has.
pub(crate) fn gather(
    program: &Program,
    sets: &[HalfMet],
    event: &Value,
    now: Timestamp,
) -> Option<Fitting> {
    let on @ Consumption::All(filters) = program.definition.on.as_ref()? else { return None };
    let candidates = candidates(program, on, filters, event, now);
    for (place, set) in sets.iter().enumerate() {
        let wanted = |it: &&Candidate<'_>| !set.met.contains(&it.place) && it.agrees(set);
        if let Some(found) = candidates.iter().find(wanted) {
            let is_complete = set.met.len() + 1 == filters.len();
            return Some(fitting(Some(place), found, is_complete));
        }
    }
    // What is left agrees only with filters that an earlier event has met already.
    let is_repeated = sets.iter().any(|set| candidates.iter().any(|it| it.agrees(set)));
    let first = candidates.first().filter(|_| !is_repeated)?;
    Some(fitting(None, first, filters.len() == 1))
}

fn fitting(set: Option<usize>, found: &Candidate<'_>, is_complete: bool) -> Fitting {
    Fitting { set, filter: found.place, correlated: found.correlated.clone(), is_complete }
}

fn candidates<'p>(
    program: &'p Program,
    on: &Consumption,
    filters: &'p [Filter],
    event: &Value,
    now: Timestamp,
) -> Vec<Candidate<'p>> {
    let mut machine = Machine::new(program, State::placeholder(), now);
    let nothing_yet = Heard::default();
    let mut candidates = Vec::new();
    for (place, filter) in filters.iter().enumerate() {
        // As if all others were met, so that it is asked of this filter alone.
        let others: BTreeSet<usize> = (0..filters.len()).filter(|other| *other != place).collect();
        // A filter that cannot be computed says no, as it does where a run listens.
        if let Ok(Some((_, correlated))) =
            machine.first_fitting(ROOT, on, &others, &nothing_yet, event)
        {
            candidates.push(Candidate { place, filter, correlated });
        }
    }
    candidates
}
