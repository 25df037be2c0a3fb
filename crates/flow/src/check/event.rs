//! Emit and listen.

use super::{At, Checker};
use crate::{
    model::{Correlation, Emit, Kind, Listen, Read, Template},
    source::Content,
};

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
            let template = self.template(&place)?;
            if let Template::Literal(value) = &template
                && member.key != "data"
                && !value.is_string()
            {
                self.expected(&place, "text");
            }
            attributes.push((member.key.clone(), template));
        }
        Some(Kind::Emit(Box::new(Emit { attributes })))
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
        true
    }

    pub(super) fn listen(&mut self, at: &At<'_>) -> Option<Kind> {
        if !self.map(at, &["to", "read"], &[]) {
            return None;
        }
        let read = match at.get("read") {
            Some(read) => self.read(&read)?,
            None => Read::default(),
        };
        let to = self.required(at, "to")?;
        if !self.map(&to, &["one"], &["all", "any", "until"]) {
            return None;
        }
        let one = self.required(&to, "one")?;
        if !self.map(&one, &["with", "correlate"], &[]) {
            return None;
        }
        let with = self.required(&one, "with")?;
        if !matches!(with.node.content, Content::Map(_)) {
            self.expected(&with, "a map");
            return None;
        }
        let kind = self.required_text(&with, "type")?.to_owned();
        if kind.contains("${") {
            let place = with.get("type")?;
            self.problem(&place, "the type to listen for must be written out");
        }
        let mut attributes = Vec::new();
        for member in with.members().iter().filter(|member| member.key != "type") {
            let place = with.child(&member.key, &member.value);
            if member.key != "data" && self.is_attribute(&place, &member.key) {
                attributes.push((member.key.clone(), self.template(&place)?));
            }
        }
        let data = self.optional_condition(&with, "data");
        let mut correlate = Vec::new();
        if let Some(keys) = one.get("correlate") {
            for member in keys.members() {
                let place = keys.child(&member.key, &member.value);
                if !self.map(&place, &["from", "expect"], &[]) {
                    continue;
                }
                let from = self.required(&place, "from")?;
                let from = self.condition(&from)?;
                let expect = match place.get("expect") {
                    Some(expect) => Some(self.template(&expect)?),
                    None => None,
                };
                correlate.push(Correlation { from, expect });
            }
        }
        self.listens.push(kind.clone());
        Some(Kind::Listen(Box::new(Listen { kind, attributes, data, correlate, read })))
    }

    pub(super) fn read(&mut self, at: &At<'_>) -> Option<Read> {
        self.word(at, &[("data", Read::Data), ("envelope", Read::Envelope)])
    }
}
