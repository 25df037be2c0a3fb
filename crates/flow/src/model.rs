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
    pub(crate) root: BlockId,
    pub(crate) tasks: Vec<Task>,
    pub(crate) blocks: Vec<Block>,
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
    pub(crate) then: Then,
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
    Try(Box<Try>),
    Call {
        function: String,
        input: Template,
    },
    Wait(Template),
    Emit(Box<Emit>),
    Raise(Box<Raise>),
    Listen(Box<Listen>),
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) when: Option<Arc<Expression>>,
    pub(crate) then: Then,
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
    pub(crate) kind: String,
    /// Other attributes that must be equal.
    pub(crate) attributes: Vec<(String, Template)>,
    /// A condition on the event's data.
    pub(crate) data: Option<Arc<Expression>>,
    pub(crate) correlate: Vec<Correlation>,
    pub(crate) read: Read,
}

#[derive(Debug)]
pub(crate) struct Correlation {
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
}

impl Definition {
    pub(crate) fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id as usize)
    }

    pub(crate) fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id as usize)
    }
}
