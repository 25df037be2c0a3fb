//! A checked definition, ready to be interpreted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expression::Expression;

/// A task's place in the definition: its rank in reading order.
///
/// Invariant: snapshots hold these numbers, so they depend on the definition alone. Tasks are
/// numbered when they are read, each before the tasks inside it.
pub(crate) type TaskId = u32;
/// In place of an event's type: any.
pub(crate) const ANY_TYPE: &str = "*";

/// A task list's place in the definition, numbered likewise.
pub(crate) type BlockId = u32;

/// A definition.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    /// As it was written, for `$workflow.definition`.
    pub(crate) document: Arc<Value>,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) trigger_read: Read,
    pub(crate) listens: Vec<String>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// How long a run may take.
    pub(crate) timeout: Option<Template>,
    pub(crate) root: BlockId,
    pub(crate) tasks: Vec<Task>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) extensions: Vec<Extension>,
}

/// What is done before and after tasks of a kind.
#[derive(Debug)]
pub(crate) struct Extension {
    /// The word of the language for the kind, or `all`.
    pub(crate) extend: &'static str,
    pub(crate) when: Option<Arc<Expression>>,
    pub(crate) before: Option<BlockId>,
    pub(crate) after: Option<BlockId>,
}

impl Extension {
    pub(crate) fn extends(&self, kind: &Kind) -> bool {
        self.extend == "all" || self.extend == kind.extended_as()
    }
}

/// The events that start a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Their `type`.
    pub kind: String,
    /// Their `source`; any when it is not said.
    pub source: Option<String>,
}

impl Trigger {
    pub fn matches(&self, kind: &str, source: &str) -> bool {
        self.kind == kind && self.source.as_deref().is_none_or(|wanted| wanted == source)
    }
}

/// A task list.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) tasks: Vec<TaskId>,
}

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// A JSON pointer into the definition, such as `/do/0/assess`.
    pub(crate) pointer: String,
    /// The list it stands in, and where.
    pub(crate) block: BlockId,
    pub(crate) position: usize,
    pub(crate) condition: Option<Arc<Expression>>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) export: Shape,
    /// How long it may take.
    pub(crate) timeout: Option<Template>,
    pub(crate) then: Then,
    /// Part of an extension, so itself never extended.
    pub(crate) is_of_extension: bool,
    pub(crate) kind: Kind,
}

/// What happens to data on its way in or out.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(crate) schema: Option<Schema>,
    pub(crate) transform: Option<Template>,
}

/// A compiled JSON Schema.
#[derive(Debug)]
pub(crate) struct Schema(pub(crate) jsonschema::Validator);

/// Data that holds expressions.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    Literal(Arc<Value>),
    Expression(Arc<Expression>),
    List(Vec<Template>),
    Map(Vec<(String, Template)>),
}

/// Where a run goes after a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Then {
    Continue,
    Exit,
    End,
    /// The position of a task in the same list.
    To(usize),
}

#[derive(Debug)]
pub(crate) enum Kind {
    Do(BlockId),
    Set(Template),
    Switch(Vec<Case>),
    /// Each task of the list is a branch.
    Fork {
        branches: BlockId,
        compete: bool,
    },
    For(Box<For>),
    Try(Box<Try>),
    Call {
        function: String,
        input: Template,
    },
    /// A task of `use.functions`, which stands alone in its list.
    Function {
        body: BlockId,
        input: Template,
    },
    Wait(Template),
    Emit(Box<Emit>),
    Raise(Box<Raise>),
    Listen(Box<Listen>),
}

/// The kinds that an extension may name.
pub(crate) const EXTENDED: [&str; 12] = [
    "call",
    "composite",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
    "all",
];

impl Kind {
    /// The word that extensions know it by.
    fn extended_as(&self) -> &'static str {
        match self {
            Self::Do(_) | Self::Fork { .. } => "composite",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::For(_) => "for",
            Self::Try(_) => "try",
            Self::Call { .. } | Self::Function { .. } => "call",
            Self::Wait(_) => "wait",
            Self::Emit(_) => "emit",
            Self::Raise(_) => "raise",
            Self::Listen(_) => "listen",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) when: Option<Arc<Expression>>,
    pub(crate) then: Then,
}

#[derive(Debug)]
pub(crate) struct For {
    /// The variable that holds the item.
    pub(crate) item: String,
    /// The variable that holds its place, from 0.
    pub(crate) index: String,
    pub(crate) items: Template,
    pub(crate) condition: Option<Arc<Expression>>,
    pub(crate) body: BlockId,
}

#[derive(Debug)]
pub(crate) struct Try {
    pub(crate) body: BlockId,
    pub(crate) filter: ErrorFilter,
    /// The variable that holds the error.
    pub(crate) variable: String,
    pub(crate) when: Option<Arc<Expression>>,
    pub(crate) except_when: Option<Arc<Expression>>,
    pub(crate) retry: Option<Arc<Retry>>,
    pub(crate) handler: Option<BlockId>,
    pub(crate) then: Option<Then>,
}

/// Which errors a catch is for. What is absent matches anything.
#[derive(Debug, Default)]
pub(crate) struct ErrorFilter {
    pub(crate) kind: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) title: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) instance: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) when: Option<Arc<Expression>>,
    pub(crate) except_when: Option<Arc<Expression>>,
    pub(crate) delay_ms: i64,
    pub(crate) backoff: Backoff,
    /// How many retries follow the first try.
    pub(crate) retries_max: Option<u32>,
    /// How long one attempt may take.
    pub(crate) attempt_ms_max: Option<i64>,
    /// How long after the first try's start a retry may still begin.
    pub(crate) total_ms_max: Option<i64>,
    pub(crate) jitter_ms: Option<(i64, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backoff {
    Constant,
    Linear,
    Exponential,
}

#[derive(Debug)]
pub(crate) struct Emit {
    /// Attributes of the envelope, `data` among them.
    pub(crate) attributes: Vec<(String, Template)>,
}

#[derive(Debug)]
pub(crate) struct Raise {
    pub(crate) kind: Template,
    pub(crate) status: Template,
    pub(crate) title: Option<Template>,
    pub(crate) detail: Option<Template>,
    pub(crate) instance: Option<Template>,
}

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

impl Filter {
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

impl Definition {
    pub(crate) fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id as usize)
    }

    pub(crate) fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id as usize)
    }
}
