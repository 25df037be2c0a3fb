//! Emit and listen.

use super::{At, Checker, data::enclosed};
use crate::{
    diagnostic::is_slip,
    machine::listens::types,
    model::{
        Consumption, Correlation, DataFilter, Each, Emit, Filter, Kind, Listen, Pattern, Read,
        Template, Until,
    },
    routing,
    source::Content,
};

/// What makes text a regular expression. A dot does not: it is in every type's name.
const REGEX_SIGNS: [char; 13] = ['\\', '^', '$', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|'];

/// The attributes of an event that CloudEvents defines.
const ATTRIBUTES: [&str; 8] =
    ["id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data"];

impl Checker<'_> {
    pub(super) fn emit(&mut self, at: &At<'_>) -> Option<Kind> {
        if !self.map(at, &["event"], &[]) {
            return None;
        }
        let event = self.required(at, "event")?;
        if !self.map(&event, &["with"], &[]) {
            return None;
        }
        let with = self.required(&event, "with")?;
        if !matches!(with.node.content, Content::Map(_)) {
            self.expected(&with, "a map");
            return None;
        }
        self.required(&with, "type");
        let mut attributes = Vec::new();
        for member in with.members() {
            let place = with.child(&member.key, &member.value);
            if !self.is_attribute(&place, &member.key) {
                continue;
            }
            let is_data = member.key == "data";
            if is_data || self.may_be_an_attribute(&place, &member.key) {
                attributes.extend(self.template(&place).map(|it| (member.key.clone(), it)));
                self.plain_attribute(&place, &member.key);
            }
        }
        Some(Kind::Emit(Box::new(Emit { attributes })))
    }

    /// What can be known of an attribute that is written out.
    fn plain_attribute(&mut self, at: &At<'_>, name: &str) {
        let Content::Text(text) = &at.node.content else { return };
        if enclosed(text).is_some() {
            return;
        }
        if name == "type" && text.is_empty() {
            self.problem(at, "an event's type cannot be empty");
        }
        if name == "time" && chrono::DateTime::parse_from_rfc3339(text).is_err() {
            let message = format!("`{text}` is no time such as `2026-01-31T09:00:00Z`");
            self.problem(at, message);
        }
    }

    fn is_attribute(&mut self, at: &At<'_>, name: &str) -> bool {
        let is_extension = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && name != "specversion";
        if !is_extension && !ATTRIBUTES.contains(&name) {
            let message = format!(
                "`{name}` cannot be an attribute of an event: they are lower-case letters and digits"
            );
            self.problem(at, message);
            return false;
        }
        // Of one's own names many begin as those do.
        if !ATTRIBUTES.contains(&name)
            && let Some(meant) = ATTRIBUTES.into_iter().find(|known| is_slip(name, known))
        {
            let message = format!(
                "CloudEvents has no attribute `{name}`, so it is one of your own; did you mean `{meant}`?"
            );
            self.problems.warn(at.position(), &at.path, &message);
        }
        true
    }

    /// Whether what is written fits: text, and for an extension also an integer or a boolean (`CloudEvents` 1.0.2, 3.1).
    fn may_be_an_attribute(&mut self, at: &At<'_>, name: &str) -> bool {
        let is_standard = ATTRIBUTES.contains(&name);
        let fits = match at.node.content {
            Content::Text(_) => true,
            Content::Number(_) | Content::Bool(_) => !is_standard,
            _ => false,
        };
        if !fits {
            self.expected(at, if is_standard { "text" } else { "text, a number or a boolean" });
        }
        fits
    }

    pub(super) fn listen(&mut self, task: &At<'_>, at: &At<'_>) -> Option<Kind> {
        if !self.map(at, &["to", "read"], &[]) {
            return None;
        }
        let read = match at.get("read") {
            Some(read) => self.read(&read),
            None => Some(Read::default()),
        };
        let to = self.required(at, "to").and_then(|to| self.consumption(&to));
        let each = task.get("foreach").map(|each| self.each(&each));
        let (read, to) = (read?, to?);
        self.listens.extend(types(&to));
        self.routes.extend(routing::routes(&to));
        let each = match each {
            Some(each) => Some(each?),
            None => None,
        };
        Some(Kind::Listen(Box::new(Listen { to, read, each })))
    }

    /// `one`, `any` or `all`.
    pub(super) fn consumption(&mut self, at: &At<'_>) -> Option<Consumption> {
        if !self.map(at, &["one", "any", "all", "until"], &[]) {
            return None;
        }
        let name = self.exactly_one(at, &["one", "any", "all"])?;
        let place = at.get(name)?;
        let until = at.get("until");
        if let (Some(until), false) = (&until, name == "any") {
            self.problem(until, format!("`until` goes with `any`, and this has `{name}`"));
        }
        if name == "one" {
            return self.filter_of_events(&place).map(Consumption::One);
        }
        let Content::List(items) = &place.node.content else {
            self.expected(&place, "a list of events");
            return None;
        };
        let filters: Vec<Option<Filter>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.filter_of_events(&place.child(&index.to_string(), item)))
            .collect();
        let filters = filters.into_iter().collect::<Option<Vec<_>>>();
        if name == "all" {
            if items.is_empty() {
                self.problem(&place, "`all` needs at least one event");
            }
            return filters.map(Consumption::All);
        }
        let until = until.map(|until| match until.node.content {
            Content::Text(_) => self.condition(&until).map(Until::Condition),
            Content::Map(_) => self.consumption(&until).map(|it| Until::Events(Box::new(it))),
            _ => {
                self.expected(&until, "an expression, or a map with `one`, `any` or `all`");
                None
            }
        });
        let filters = filters?;
        let until = match until {
            None => None,
            Some(until) => Some(until?),
        };
        if let Some(Until::Events(events)) = &until
            && matches!(&**events, Consumption::Any { until: Some(_), .. })
        {
            self.problem(at, "the events of an `until` cannot have an `until` of their own");
        }
        Some(Consumption::Any { filters, until })
    }

    fn filter_of_events(&mut self, at: &At<'_>) -> Option<Filter> {
        if !self.map(at, &["with", "correlate"], &[]) {
            return None;
        }
        let with = self.required(at, "with")?;
        if !matches!(with.node.content, Content::Map(_)) {
            self.expected(&with, "a map");
            return None;
        }
        if with.members().is_empty() {
            self.problem(&with, "an event needs at least one attribute, such as `type`");
        }
        let mut attributes = Vec::new();
        for member in with.members().iter().filter(|member| member.key != "data") {
            let place = with.child(&member.key, &member.value);
            if self.is_attribute(&place, &member.key)
                && self.may_be_an_attribute(&place, &member.key)
            {
                attributes.extend(self.pattern(&place).map(|it| (member.key.clone(), it)));
            }
        }
        let data = with.get("data").and_then(|data| match data.node.content {
            Content::Text(_) => self.condition(&data).map(DataFilter::Condition),
            _ => self.template(&data).map(DataFilter::Equal),
        });
        let mut correlate = Vec::new();
        if let Some(keys) = at.get("correlate") {
            if !matches!(keys.node.content, Content::Map(_)) {
                self.expected(&keys, "a map of names to correlations");
            }
            for member in keys.members() {
                let place = keys.child(&member.key, &member.value);
                if !self.map(&place, &["from", "expect"], &[]) {
                    continue;
                }
                let from = self.required(&place, "from").and_then(|from| self.condition(&from));
                let expect = place.get("expect").and_then(|expect| self.template(&expect));
                let name = member.key.clone();
                correlate.extend(from.map(|from| Correlation { name, from, expect }));
            }
        }
        Some(Filter { attributes, data, correlate })
    }

    /// What an attribute must be: an expression, plain text, or a regular expression.
    fn pattern(&mut self, at: &At<'_>) -> Option<Pattern> {
        let template = self.template(at)?;
        let Template::Literal(value) = &template else { return Some(Pattern::Equal(template)) };
        let Some(text) = value.as_str().filter(|text| text.contains(REGEX_SIGNS)) else {
            return Some(Pattern::Equal(template));
        };
        match regex::Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Some(Pattern::Text(text.to_owned(), Box::new(regex))),
            Err(error) => {
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default().trim();
                self.problem(at, format!("this is not a regular expression: {reason}"));
                None
            }
        }
    }

    pub(super) fn each(&mut self, at: &At<'_>) -> Option<Each> {
        if !self.map(at, &["item", "at", "do", "output", "export"], &[]) {
            return None;
        }
        let (item, index) = self.loop_variables(at, "item");
        let before = self.scope.len();
        self.scope.extend([item.clone(), index.clone()].into_iter().flatten());
        let body = at.get("do").map(|body| self.block(&body, true));
        let output = at.get("output").map(|output| self.shape(&output, "as")).unwrap_or_default();
        let export = at.get("export").map(|export| self.shape(&export, "as")).unwrap_or_default();
        self.scope.truncate(before);
        Some(Each { item: item?, index: index?, body, output, export })
    }

    pub(super) fn read(&mut self, at: &At<'_>) -> Option<Read> {
        let words = [("data", Read::Data), ("envelope", Read::Envelope), ("raw", Read::Raw)];
        self.word(at, &words)
    }
}
