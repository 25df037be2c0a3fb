//! A checked definition, ready to be interpreted.

mod listen;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use listen::Read;
pub(crate) use listen::{
    Consumption, Correlation, DataFilter, Each, Filter, Listen, Pattern, Until,
};

use crate::{lifecycle::Level, routing::Routes, schedule::Schedule};

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
    pub(crate) schedule: Option<Schedule>,
    /// The events that start it: each one a run.
    pub(crate) on: Option<Consumption>,
    /// What of such an event becomes the run's input.
    pub(crate) read: Read,
    /// The types of events that it listens for.
    pub(crate) listens: Vec<String>,
    /// What it asks of each of them.
    pub(crate) routes: Routes,
    /// Which lifecycle events are told of its runs.
    pub(crate) lifecycle: Level,
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
    /// Where a definition is read loosely: what the text says as an expression, or the text itself if that fails.
    Loose(Arc<Expression>, Arc<Value>),
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
        output: CallOutput,
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

/// What a task that calls something gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallOutput {
    /// What it is answered.
    Answer,
    /// Its own input: it waits for nobody.
    Input,
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
            Self::Call { function, .. } if function.starts_with(crate::RUN_PREFIX) => "run",
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
    /// A duration, as the other ones.
    pub(crate) delay: Option<Template>,
    pub(crate) backoff: Backoff,
    /// How many retries follow the first try.
    pub(crate) retries_max: Option<u32>,
    /// How long one attempt may take.
    pub(crate) attempt: Option<Template>,
    /// How long after the first try's start a retry may still begin.
    pub(crate) total: Option<Template>,
    pub(crate) jitter: Option<(Template, Template)>,
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

impl Definition {
    pub(crate) fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id as usize)
    }

    pub(crate) fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id as usize)
    }
}
