//! Which events concern a run: their type, and what one place of them must hold as far as that is known when the run
//! starts.
//!
//! A run that waits for its own client's payment is not to be woken by everybody else's, nor to keep them. What a filter
//! expects is known from the start where it is written out, or comes from `$workflow.input` as it is.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    model::{ANY_TYPE, Consumption, DataFilter, Filter, Pattern, Template, Until},
    program::Program,
};

/// In place of a key: whatever the event holds.
pub const ANY_KEY: i64 = 0;
/// How deep in an event a place may be that is part of a key, such as `data.client.id`.
const PATH_MAX: usize = 4;

/// Events that concern a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interest {
    /// Their type, or `*`.
    pub kind: String,
    /// One of their [`keys`], or [`ANY_KEY`].
    pub key: i64,
}

/// What a filter asks of one place of an event.
#[derive(Debug, PartialEq)]
pub(crate) struct Route {
    path: Vec<String>,
    expected: Expected,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Value(Value),
    /// What stands at this place of the run's input.
    OfInput(Vec<String>),
}

/// The types that a definition listens for, each with what is asked of its events; nothing asks for all of them.
pub(crate) type Routes = Vec<(String, Option<Route>)>;

impl Program {
    /// The events that concern a run with this input (as it came, before it is transformed).
    pub fn interests(&self, input: &Value) -> Vec<Interest> {
        interests(&self.definition.routes, input)
    }
}

pub(crate) fn interests(routes: &Routes, input: &Value) -> Vec<Interest> {
    let mut found: Vec<Interest> = routes
        .iter()
        .map(|(kind, route)| {
            let key = route.as_ref().and_then(|route| route.key(input)).unwrap_or(ANY_KEY);
            Interest { kind: kind.clone(), key }
        })
        .collect();
    found.sort();
    found.dedup();
    // Who hears all events of a type needs no more to hear some of them.
    let all: Vec<String> =
        found.iter().filter(|it| it.key == ANY_KEY).map(|it| it.kind.clone()).collect();
    found.retain(|it| it.key == ANY_KEY || !all.contains(&it.kind));
    found
}

/// Whether an event (its envelope) concerns a run with this input.
pub(crate) fn concerns(routes: &Routes, input: &Value, event: &Value) -> bool {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut asked = interests(routes, input);
    asked.retain(|it| it.kind == kind || it.kind == ANY_TYPE);
    if asked.iter().any(|it| it.key == ANY_KEY) {
        return true;
    }
    let keys = if asked.is_empty() { Vec::new() } else { keys(event) };
    asked.iter().any(|it| keys.contains(&it.key))
}

/// The keys of an event (its envelope): [`ANY_KEY`], and one for each place that holds text, a number or a truth value,
/// except in lists and deep inside.
pub fn keys(event: &Value) -> Vec<i64> {
    let mut found = vec![ANY_KEY];
    collect(event, &mut Vec::new(), &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

fn collect<'v>(value: &'v Value, path: &mut Vec<&'v str>, found: &mut Vec<i64>) {
    if let Value::Object(members) = value {
        if path.len() == PATH_MAX {
            return;
        }
        for (name, member) in members {
            path.push(name);
            collect(member, path, found);
            path.pop();
        }
    } else {
        found.extend(key(path, value));
    }
}

/// The first 64 bits of a hash over the place and the value. Two that are the same by chance wake a run for nothing.
fn key(path: &[impl AsRef<str>], value: &Value) -> Option<i64> {
    let mut hash = Sha256::new();
    for name in path {
        hash.update(name.as_ref());
        hash.update([0]);
    }
    match value {
        Value::String(text) => {
            hash.update([b's', 0]);
            hash.update(text);
        }
        // Equal numbers are the same here, however they are written.
        Value::Number(number) => {
            hash.update([b'n', 0]);
            hash.update((number.as_f64()? + 0.0).to_bits().to_be_bytes());
        }
        Value::Bool(is_so) => hash.update([b'b', u8::from(*is_so)]),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    }
    let key = i64::from_be_bytes(*hash.finalize().first_chunk()?);
    Some(if key == ANY_KEY { 1 } else { key })
}

impl Route {
    /// Nothing where the input holds no plain value there.
    fn key(&self, input: &Value) -> Option<i64> {
        let expected = match &self.expected {
            Expected::Value(value) => value,
            Expected::OfInput(path) => at(input, path)?,
        };
        key(&self.path, expected)
    }

    /// What a filter asks of one place: rather what comes from the run than what is written out.
    fn of(filter: &Filter) -> Option<Self> {
        let attributes = filter.attributes.iter().filter_map(|(name, pattern)| match pattern {
            Pattern::Equal(template) if name != "type" => equal(vec![name.clone()], template),
            _ => None,
        });
        let data = match &filter.data {
            Some(DataFilter::Equal(Template::Map(members))) => members.as_slice(),
            _ => &[],
        };
        let data = data
            .iter()
            .filter_map(|(name, template)| equal(vec!["data".to_owned(), name.clone()], template));
        let correlated = filter.correlate.iter().filter_map(|correlation| {
            let path = path(correlation.from.source(), "")?;
            equal(path, correlation.expect.as_ref()?)
        });
        let (of_run, written): (Vec<Self>, Vec<Self>) = attributes
            .chain(data)
            .chain(correlated)
            .partition(|route| matches!(route.expected, Expected::OfInput(_)));
        of_run.into_iter().chain(written).next()
    }
}

fn equal(path: Vec<String>, template: &Template) -> Option<Route> {
    let expected = match template {
        Template::Literal(value) => Expected::Value((**value).clone()),
        Template::Expression(expression) => {
            Expected::OfInput(self::path(expression.source(), "$workflow.input")?)
        }
        _ => return None,
    };
    (path.len() <= PATH_MAX).then_some(Route { path, expected })
}

/// The names and places in an expression that is nothing but a path from the root, such as `.data.client_id` and
/// `$workflow.input[0].client_id`.
fn path(source: &str, root: &str) -> Option<Vec<String>> {
    let mut rest = source.trim().strip_prefix(root)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(place) = rest.strip_prefix('[') {
            place.split_once(']').filter(|(place, _)| place.bytes().all(|b| b.is_ascii_digit()))?
        } else {
            let name = rest.strip_prefix('.')?;
            name.split_at(name.find(['.', '[']).unwrap_or(name.len()))
        };
        let is_plain = step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if step.is_empty() || !is_plain {
            return None;
        }
        steps.push(step.to_owned());
        rest = after;
    }
    (!steps.is_empty()).then_some(steps)
}

/// What stands at a path.
fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => value.get(step),
    })
}

/// What a listen asks for.
pub(crate) fn routes(to: &Consumption) -> Routes {
    let mut found: Routes = Vec::new();
    if let Consumption::Any { until: Some(Until::Events(until)), .. } = to {
        found.extend(routes(until));
    }
    if to.filters().is_empty() {
        found.push((ANY_TYPE.to_owned(), None));
    }
    found.extend(to.filters().iter().map(|filter| (filter.kind().to_owned(), Route::of(filter))));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn program(filters: &str) -> Program {
        let body = format!("do: [{{wait: {{listen: {{to: {{any: [{filters}]}}}}}}}}]");
        crate::testing::compile(&body)
    }

    fn concerns(filters: &str, event: &Value) -> bool {
        let input = json!([{ "client": "c1", "size": 2, "is_new": true, "tags": ["a"] }]);
        super::concerns(&program(filters).definition.routes, &input, event)
    }

    #[test]
    fn what_comes_from_the_input_is_asked_of_events() {
        let paid = |client: Value| json!({ "type": "paid", "subject": "c1", "data": { "client": { "id": client } } });
        let correlated = "{with: {type: paid}, correlate: {c: {from: .data.client.id, expect: '${ $workflow.input[0].client }'}}}";
        assert!(concerns(correlated, &paid(json!("c1"))));
        assert!(!concerns(correlated, &paid(json!("c2"))));
        assert!(!concerns(correlated, &json!({ "type": "paid" })));
        assert!(!concerns(
            correlated,
            &json!({ "type": "sent", "data": { "client": { "id": "c1" } } })
        ));
        let subject = "{with: {type: paid, subject: '${ $workflow.input[0].client }'}}";
        assert!(concerns(subject, &paid(json!("c2"))));
        assert!(!concerns(subject, &json!({ "type": "paid", "subject": "c2" })));
        let data =
            "{with: {type: sized, data: {size: '${ $workflow.input[0].size }', colour: red}}}";
        assert!(concerns(
            data,
            &json!({ "type": "sized", "data": { "size": 2.0, "colour": "red" } })
        ));
        assert!(!concerns(
            data,
            &json!({ "type": "sized", "data": { "size": 3, "colour": "red" } })
        ));
        let is_new = "{with: {type: made, data: {new: '${ $workflow.input[0].is_new }'}}}";
        assert!(concerns(is_new, &json!({ "type": "made", "data": { "new": true } })));
        assert!(!concerns(is_new, &json!({ "type": "made", "data": { "new": "true" } })));
    }

    #[test]
    fn what_is_not_known_from_the_start_is_asked_of_none() {
        for expect in [
            "${ $context.client }",
            "${ .client }",
            "${ $workflow.input[0].client | ascii_downcase }",
            "${ $workflow.input[0].absent }",
            "${ $workflow.input[0].tags }",
            "${ $workflow.input[0][\"client\"] }",
        ] {
            let filter = format!(
                "{{with: {{type: paid}}, correlate: {{c: {{from: .data.client, expect: '{expect}'}}}}}}"
            );
            assert!(
                concerns(&filter, &json!({ "type": "paid", "data": { "client": "x" } })),
                "{expect}"
            );
        }
        for from in [".data[\"client\"]", ".data.client | tostring", ".data.a.b.c.d"] {
            let filter = format!(
                "{{with: {{type: paid}}, correlate: {{c: {{from: '{from}', expect: '${{ $workflow.input[0].client }}'}}}}}}"
            );
            assert!(concerns(&filter, &json!({ "type": "paid" })), "{from}");
        }
    }

    #[test]
    fn one_filter_that_asks_for_nothing_opens_its_type() {
        let both = "{with: {type: paid, subject: '${ $workflow.input[0].client }'}}, {with: {type: paid}}, {with: {type: sent, subject: s}}";
        let (both, input) = (program(both), json!([{ "client": "c1" }]));
        let interests = both.interests(&input);
        assert_eq!(interests.len(), 2, "{interests:?}");
        assert_eq!(interests[0], Interest { kind: "paid".to_owned(), key: ANY_KEY });
        assert_ne!(interests[1].key, ANY_KEY);
        let concerns = |event: &Value| super::concerns(&both.definition.routes, &input, event);
        assert!(concerns(&json!({ "type": "sent", "subject": "s" })));
        assert!(!concerns(&json!({ "type": "sent", "subject": "t" })));
        assert!(concerns(&json!({ "type": "paid" })));
        let any = program("").interests(&Value::Null);
        assert_eq!(any, [Interest { kind: "*".to_owned(), key: ANY_KEY }]);
    }
}
