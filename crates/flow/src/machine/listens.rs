//! Listen: which events are consumed, what is done for each, and when it is enough.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{Machine, data::Sight};
use crate::{
    command::Command,
    error::{FlowError, Standard},
    expression::from_json,
    model::{Consumption, DataFilter, Each, Filter, Kind, Listen, Pattern, Until},
    state::{FrameId, Heard, Phase, ValueId},
};

/// How many events one listen may consume: its output is a list of them all.
pub(crate) const CONSUMED_MAX: usize = 10_000;

/// What an event is to a listen.
enum Fit {
    /// It is consumed, and meets this filter.
    Item(usize),
    /// It is for the `until`, and meets this filter of it.
    Until(usize),
}

/// What each correlation gave, by its name.
type Correlated = BTreeMap<String, Value>;

impl Machine<'_> {
    /// Begins to listen (or goes on, with what was heard before): first to what came earlier.
    pub(super) fn begin_listen(&mut self, id: FrameId, heard: Heard) {
        let listen = self.number();
        let is_enough = heard.is_enough;
        self.set_phase(id, Phase::Listen { listen, heard });
        if is_enough {
            return;
        }
        let Some(types) = self.listen_of(id).map(|settings| types(&settings.to)) else { return };
        self.commands.push(Command::Listen { listen, types });
        for value in self.state.inbox.clone() {
            let event = self.value(value);
            if self.offer(id, &event) {
                self.state.inbox.retain(|kept| *kept != value);
            }
            if self.heard(id).is_none_or(|heard| heard.is_enough) {
                break;
            }
        }
    }

    /// Whether the listen has consumed the event.
    pub(super) fn offer(&mut self, id: FrameId, event: &Value) -> bool {
        let Some(settings) = self.listen_of(id) else { return false };
        if self.heard(id).is_none_or(|heard| heard.is_enough) {
            return false;
        }
        // A filter that cannot be computed for an event says no: a stranger's event must not fail the run.
        let Ok(Some((fit, correlated))) = self.fit(id, settings, event) else { return false };
        match self.take(id, settings, event, &fit, correlated) {
            Ok(true) => self.enough(id),
            Ok(false) => {}
            Err(error) => self.fail_later(id, error),
        }
        self.next_item(id);
        true
    }

    fn fit(
        &mut self,
        id: FrameId,
        settings: &Listen,
        event: &Value,
    ) -> Result<Option<(Fit, Correlated)>, FlowError> {
        let Some(heard) = self.heard(id).map(|heard| heard.clone()) else { return Ok(None) };
        if let Consumption::Any { until: Some(Until::Events(until)), .. } = &settings.to {
            let found = self.first_fitting(id, until, &heard.until_met, &heard, event)?;
            if let Some((filter, correlated)) = found {
                return Ok(Some((Fit::Until(filter), correlated)));
            }
        }
        let found = self.first_fitting(id, &settings.to, &heard.met, &heard, event)?;
        Ok(found.map(|(filter, correlated)| (Fit::Item(filter), correlated)))
    }

    /// The first filter that the event fits, of those not met yet.
    pub(super) fn first_fitting(
        &mut self,
        id: FrameId,
        to: &Consumption,
        met: &std::collections::BTreeSet<usize>,
        heard: &Heard,
        event: &Value,
    ) -> Result<Option<(usize, Correlated)>, FlowError> {
        let (filters, is_all): (&[Filter], bool) = match to {
            Consumption::One(filter) => (std::slice::from_ref(filter), false),
            Consumption::Any { filters, .. } if filters.is_empty() => {
                return Ok(Some((0, Correlated::new())));
            }
            Consumption::Any { filters, .. } => (filters, false),
            Consumption::All(filters) => (filters, true),
        };
        for (place, filter) in filters.iter().enumerate() {
            if is_all && met.contains(&place) {
                continue;
            }
            if let Some(correlated) = self.fits(id, filter, heard, event)? {
                return Ok(Some((place, correlated)));
            }
        }
        Ok(None)
    }

    /// What the filter's correlations give, if the event fits.
    fn fits(
        &mut self,
        id: FrameId,
        filter: &Filter,
        heard: &Heard,
        event: &Value,
    ) -> Result<Option<Correlated>, FlowError> {
        for (name, pattern) in &filter.attributes {
            let found = event.get(name);
            let fits = match pattern {
                Pattern::Equal(template) => Some(&*self.fill_from_input(template, id)?) == found,
                Pattern::Text(text, regex) => found
                    .and_then(Value::as_str)
                    .is_some_and(|found| found == text || regex.is_match(found)),
            };
            if !fits {
                return Ok(None);
            }
        }
        let data = event.get("data").unwrap_or(&Value::Null);
        let fits = match &filter.data {
            None => true,
            Some(DataFilter::Condition(condition)) => {
                self.holds(condition, id, from_json(data), Sight::default())?
            }
            Some(DataFilter::Equal(template)) => *self.fill_from_input(template, id)? == *data,
        };
        if !fits {
            return Ok(None);
        }
        let mut correlated = Correlated::new();
        for correlation in &filter.correlate {
            let found = self.evaluate(&correlation.from, id, from_json(event), Sight::default())?;
            let fits = match (&correlation.expect, heard.expectations.get(&correlation.name)) {
                _ if found.is_null() => false,
                (Some(expected), _) => *self.fill_from_input(expected, id)? == found,
                (None, Some(expected)) => *expected == found,
                (None, None) => true,
            };
            if !fits {
                return Ok(None);
            }
            correlated.insert(correlation.name.clone(), found);
        }
        Ok(Some(correlated))
    }

    /// Consumes an event. Whether it is enough then.
    fn take(
        &mut self,
        id: FrameId,
        settings: &Listen,
        event: &Value,
        fit: &Fit,
        correlated: Correlated,
    ) -> Result<bool, FlowError> {
        let item = match fit {
            Fit::Item(_) => Some(self.keep(Arc::new(settings.read.of(event)))?),
            Fit::Until(_) => None,
        };
        let Some(heard) = self.heard(id) else { return Ok(false) };
        for (name, value) in correlated {
            heard.expectations.entry(name).or_insert(value);
        }
        heard.items.extend(item);
        if CONSUMED_MAX < heard.items.len() {
            let detail = format!("one listen consumes at most {CONSUMED_MAX} events");
            return Err(Standard::Runtime.error(detail));
        }
        match (&settings.to, fit) {
            (Consumption::Any { until: Some(Until::Events(until)), .. }, Fit::Until(filter)) => {
                heard.until_met.insert(*filter);
                Ok(match &**until {
                    Consumption::All(filters) => heard.until_met.len() == filters.len(),
                    Consumption::One(_) | Consumption::Any { .. } => true,
                })
            }
            (Consumption::Any { until: Some(Until::Events(_)), .. }, Fit::Item(_)) => Ok(false),
            (Consumption::Any { until: Some(Until::Condition(condition)), .. }, _) => {
                // Where something is done for each event, that may be what meets the condition.
                if settings.each.is_some() { Ok(false) } else { self.is_met(id, condition) }
            }
            (Consumption::All(filters), Fit::Item(filter)) => {
                heard.met.insert(*filter);
                Ok(heard.met.len() == filters.len())
            }
            _ => Ok(true),
        }
    }

    fn is_met(
        &mut self,
        id: FrameId,
        condition: &crate::expression::Expression,
    ) -> Result<bool, FlowError> {
        let items = self.heard(id).map(|heard| heard.items.clone()).unwrap_or_default();
        let items = self.list(&items)?;
        self.holds(condition, id, from_json(&items), Sight::default())
    }

    /// No more events are consumed; what is done for each goes on to the last.
    fn enough(&mut self, id: FrameId) {
        let Some(Phase::Listen { listen, heard }) =
            self.state.frames.get_mut(&id).map(|frame| &mut frame.phase)
        else {
            return;
        };
        heard.is_enough = true;
        let (listen, keys) = (*listen, heard.expectations.clone());
        self.commands.push(Command::Unlisten { listen });
        self.commands.push(Command::Correlated { keys });
    }

    /// Does what is to be done for the next item, or ends the listen if there is no more to come.
    fn next_item(&mut self, id: FrameId) {
        let Some(settings) = self.listen_of(id) else { return };
        let Some(heard) = self.heard(id) else { return };
        if heard.is_iterating {
            return;
        }
        if settings.each.is_some()
            && let Some(item) = heard.items.get(heard.handed).copied()
        {
            heard.handed += 1;
            heard.is_iterating = true;
            match settings.each.as_ref().and_then(|each| each.body) {
                Some(body) => self.enter_block(id, body, item),
                None => self.item_done(id, item),
            }
        } else if heard.is_enough {
            let given = if settings.each.is_some() { &heard.outputs } else { &heard.items };
            let given = given.clone();
            match self.list(&given).and_then(|output| self.keep(Arc::new(output))) {
                Ok(output) => self.complete_later(id, output, None),
                Err(error) => self.fail_later(id, error),
            }
        }
    }

    /// What is done for one item is done.
    pub(super) fn item_done(&mut self, id: FrameId, output: ValueId) {
        let Some(settings) = self.listen_of(id) else { return };
        let Some(each) = &settings.each else { return };
        match self.shape_item(id, each, output) {
            Ok(output) => {
                if let Some(heard) = self.heard(id) {
                    heard.outputs.push(output);
                    heard.is_iterating = false;
                }
            }
            Err(error) => return self.fail_later(id, error),
        }
        if let Consumption::Any { until: Some(Until::Condition(condition)), .. } = &settings.to
            && self.heard(id).is_some_and(|heard| !heard.is_enough)
        {
            match self.is_met(id, condition) {
                Ok(true) => self.enough(id),
                Ok(false) => {}
                Err(error) => return self.fail_later(id, error),
            }
        }
        self.next_item(id);
    }

    fn shape_item(
        &mut self,
        id: FrameId,
        each: &Each,
        output: ValueId,
    ) -> Result<ValueId, FlowError> {
        let shaped = self.shape_output(&each.output, id, (output, output), "output")?;
        self.export(&each.export, id, shaped, output)?;
        Ok(shaped)
    }

    /// The item and its place, as the variables of what is done for each show them.
    pub(super) fn item_variable(&self, id: FrameId, name: &str) -> Option<Arc<Value>> {
        let Phase::Listen { heard, .. } = &self.frame(id)?.phase else { return None };
        let Kind::Listen(settings) = &self.task_of(id)?.kind else { return None };
        let each = settings.each.as_ref().filter(|_| heard.is_iterating)?;
        let place = heard.handed.checked_sub(1)?;
        if each.item == name {
            return heard.items.get(place).map(|item| self.value(*item));
        }
        (each.index == name).then(|| Arc::new(Value::from(place)))
    }

    fn heard(&mut self, id: FrameId) -> Option<&mut Heard> {
        match &mut self.state.frames.get_mut(&id)?.phase {
            Phase::Listen { heard, .. } => Some(heard),
            _ => None,
        }
    }
}

impl<'p> Machine<'p> {
    fn listen_of(&self, id: FrameId) -> Option<&'p Listen> {
        match &self.task_of(id)?.kind {
            Kind::Listen(settings) => Some(settings),
            _ => None,
        }
    }
}

/// The types of the events that may be consumed.
pub(crate) fn types(to: &Consumption) -> Vec<String> {
    let mut types: Vec<String> = match to {
        Consumption::One(filter) => vec![filter.kind().to_owned()],
        Consumption::Any { filters, .. } | Consumption::All(filters) => {
            filters.iter().map(|filter| filter.kind().to_owned()).collect()
        }
    };
    match to {
        Consumption::Any { filters, .. } if filters.is_empty() => {
            types.push(crate::model::ANY_TYPE.to_owned());
        }
        _ => {}
    }
    if let Consumption::Any { until: Some(Until::Events(until)), .. } = to {
        types.extend(self::types(until));
    }
    types.sort();
    types.dedup();
    types
}
