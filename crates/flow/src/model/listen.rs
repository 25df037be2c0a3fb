//! Which events a task, or the start of a run, is for.

use std::sync::Arc;

use serde_json::Value;

use super::{ANY_TYPE, BlockId, Shape, Template};
use crate::expression::Expression;

#[derive(Debug)]
pub(crate) struct Listen {
    pub(crate) to: Consumption,
    pub(crate) read: Read,
    pub(crate) each: Option<Each>,
}

/// Which events are consumed, and when it is enough.
#[derive(Debug)]
pub(crate) enum Consumption {
    One(Filter),
    /// One that fits any filter (any at all, if there is none); with `until`, all that fit one until then.
    Any {
        filters: Vec<Filter>,
        until: Option<Until>,
    },
    /// One for each filter, in any order.
    All(Vec<Filter>),
}

#[derive(Debug)]
pub(crate) enum Until {
    /// Of the list of what was consumed.
    Condition(Arc<Expression>),
    Events(Box<Consumption>),
}

/// Which events fit. What is absent may be anything.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) attributes: Vec<(String, Pattern)>,
    pub(crate) data: Option<DataFilter>,
    pub(crate) correlate: Vec<Correlation>,
}

impl Consumption {
    pub(crate) fn filters(&self) -> &[Filter] {
        match self {
            Self::One(filter) => std::slice::from_ref(filter),
            Self::Any { filters, .. } | Self::All(filters) => filters,
        }
    }
}

impl Filter {
    /// The source that the events must have, if it is written out.
    pub(crate) fn source(&self) -> Option<&str> {
        match self.attributes.iter().find(|(name, _)| name == "source") {
            Some((_, Pattern::Equal(Template::Literal(text)))) => text.as_str(),
            _ => None,
        }
    }

    /// The one type of the events that fit, or [`ANY_TYPE`].
    pub(crate) fn kind(&self) -> &str {
        let kind = self.attributes.iter().find(|(name, _)| name == "type");
        match kind {
            Some((_, Pattern::Equal(Template::Literal(text)))) => text.as_str().unwrap_or(ANY_TYPE),
            _ => ANY_TYPE,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Pattern {
    Equal(Template),
    /// Text that is equal, or matched from its beginning to its end.
    Text(String, Box<regex::Regex>),
}

#[derive(Debug)]
pub(crate) enum DataFilter {
    Condition(Arc<Expression>),
    Equal(Template),
}

/// What is done for each event that was consumed, one after the other.
#[derive(Debug)]
pub(crate) struct Each {
    /// The variable that holds the item.
    pub(crate) item: String,
    /// The variable that holds its place, from 0.
    pub(crate) index: String,
    pub(crate) body: Option<BlockId>,
    pub(crate) output: Shape,
    pub(crate) export: Shape,
}

#[derive(Debug)]
pub(crate) struct Correlation {
    pub(crate) name: String,
    pub(crate) from: Arc<Expression>,
    pub(crate) expect: Option<Template>,
}

/// What of an event a run sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Read {
    /// Its `data`.
    #[default]
    Data,
    /// The whole CloudEvents envelope.
    Envelope,
    /// Its `data` as text: JSON as it is written, text as it is.
    Raw,
}

impl Read {
    /// What of the event is seen.
    pub fn of(self, event: &Value) -> Value {
        let data = || event.get("data").or_else(|| event.get("data_base64")).cloned();
        match self {
            Self::Data => data().unwrap_or(Value::Null),
            Self::Envelope => event.clone(),
            Self::Raw => match data() {
                Some(Value::String(text)) => Value::String(text),
                Some(other) => Value::String(other.to_string()),
                None => Value::Null,
            },
        }
    }
}
