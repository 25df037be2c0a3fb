//! Task lists and what all tasks have in common.

use std::collections::HashMap;

use super::{At, Checker, listed};
use crate::{
    diagnostic::nearest,
    model::{Block, BlockId, Kind, Task, TaskId, Then},
    source::{Content, Member, Node, Position},
};

const BASE: [&str; 7] = ["if", "input", "output", "export", "timeout", "then", "metadata"];
/// What may be a map in a task, beside what says its kind.
const MAPS: [&str; 8] =
    ["with", "catch", "foreach", "input", "output", "export", "timeout", "metadata"];
pub(crate) const KINDS: [&str; 12] =
    ["do", "set", "switch", "for", "fork", "try", "call", "run", "wait", "emit", "raise", "listen"];

/// What says which kind of task something is: the key as it is written, and the kind.
struct Named<'n> {
    key: &'n str,
    kind: &'n str,
}

/// Which tasks a `then` may name: those of the same list.
#[derive(Debug, Clone, Default)]
pub(super) struct Siblings {
    names: HashMap<String, usize>,
    /// Branches run side by side, so none can go to another.
    may_jump: bool,
}

impl Checker<'_> {
    /// Reads a task list.
    pub(super) fn block(&mut self, at: &At<'_>, may_jump: bool) -> BlockId {
        let id = BlockId::try_from(self.blocks.len()).unwrap_or(BlockId::MAX);
        self.blocks.push(Block::default());
        let Content::List(items) = &at.node.content else {
            self.expected(at, "a list of tasks");
            return id;
        };
        if items.is_empty() {
            self.problem(at, "a list of tasks needs at least one task");
        }
        let mut siblings = Siblings { names: HashMap::new(), may_jump };
        let mut tasks = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = at.child(&index.to_string(), item);
            if place.members().len() != 1 {
                let message = "expected one task, written as `- name: …` with the task's keys \
                               indented below the name";
                self.problem(&place, message);
            }
            for member in place.members().iter().filter(|it| is_task(it, place.members().len())) {
                let named = place.child(&member.key, &member.value);
                let position = tasks.len();
                if siblings.names.insert(member.key.clone(), position).is_some() {
                    let message = format!("another task of this list is called `{}`", member.key);
                    self.problems.add(member.key_at, &named.path, message);
                }
                tasks.push((member.key.as_str(), member.key_at, named));
            }
        }
        let mut ids = Vec::new();
        for (position, (name, key_at, place)) in tasks.iter().enumerate() {
            ids.push(self.task(name, *key_at, place, (id, position), &siblings));
        }
        if may_jump {
            let places: Vec<(Position, String)> =
                tasks.iter().map(|(_, key_at, place)| (*key_at, place.path.clone())).collect();
            self.check_order(&ids, &places);
        }
        if let Some(block) = self.blocks.get_mut(id as usize) {
            *block = Block { tasks: ids };
        }
        id
    }

    pub(super) fn task(
        &mut self,
        name: &str,
        key_at: Position,
        at: &At<'_>,
        (block, position): (BlockId, usize),
        siblings: &Siblings,
    ) -> TaskId {
        let id = TaskId::try_from(self.tasks.len()).unwrap_or(TaskId::MAX);
        self.tasks.push(None);
        if !matches!(at.node.content, Content::Map(_)) {
            self.expected(at, "a task's keys");
            return id;
        }
        let kind_name = self.kind_name(key_at, at);
        let meant;
        let (kind_name, at) = match kind_name {
            Some(Named { key, kind }) if key != kind => {
                meant = with_key(at.node, key, kind);
                (Some(kind), &At { node: &meant, path: at.path.clone() })
            }
            named => (named.map(|named| named.kind), at),
        };
        if let Some(kind) = kind_name {
            let own: &[&str] = match kind {
                "call" => &["call", "with"],
                "for" => &["for", "while", "do"],
                "listen" => &["listen", "foreach"],
                "try" => &["try", "catch"],
                other => &[other],
            };
            // Of two kinds it was told already that one is too many.
            let kinds = KINDS.iter().filter(|kind| at.get(kind).is_some() && !own.contains(kind));
            let known: Vec<&str> = own.iter().chain(BASE.iter()).chain(kinds).copied().collect();
            self.map(at, &known, &[]);
        }
        let condition = self.optional_condition(at, "if");
        let input = at.get("input").map(|input| self.shape(&input, "from")).unwrap_or_default();
        let timeout = at.get("timeout").and_then(|timeout| self.timeout(&timeout));
        let kind = kind_name.and_then(|kind| self.kind(kind, at, siblings));
        if let Some(metadata) = at.get("metadata")
            && !matches!(metadata.node.content, Content::Map(_))
        {
            self.expected(&metadata, "a map");
        }
        let output = at.get("output").map(|output| self.shape(&output, "as")).unwrap_or_default();
        let export = at.get("export").map(|export| self.shape(&export, "as")).unwrap_or_default();
        let then = match at.get("then") {
            Some(then) => self.then(&then, siblings),
            None => Some(Then::Continue),
        };
        if let (Some(kind), Some(then)) = (kind, then) {
            let (name, pointer) = (name.to_owned(), at.path.clone());
            let task = Task {
                name,
                pointer,
                block,
                position,
                condition,
                input,
                output,
                export,
                timeout,
                then,
                is_of_extension: self.is_of_extension,
                kind,
            };
            if let Some(slot) = self.tasks.get_mut(id as usize) {
                *slot = Some(task);
            }
        }
        id
    }

    /// The one key that says what kind of task this is, or is meant to.
    fn kind_name<'n>(&mut self, key_at: Position, at: &At<'n>) -> Option<Named<'n>> {
        let keys = || at.members().iter().map(|member| member.key.as_str());
        let mut kinds: Vec<&'n str> = keys().filter(|key| KINDS.contains(key)).collect();
        if kinds.contains(&"for") {
            // What a loop does for each item stands beside it.
            kinds.retain(|kind| *kind != "do");
        }
        match kinds.as_slice() {
            [kind] => Some(Named { key: kind, kind }),
            [] => {
                let others = at.members().iter().filter(|it| !BASE.contains(&it.key.as_str()));
                let mut alike = others
                    .filter_map(|member| Some((member, nearest(&member.key, KINDS.into_iter())?)));
                let Some((member, kind)) = alike.next() else {
                    let message = format!("a task needs one of {}", listed(&KINDS));
                    self.problems.add(key_at, &at.path, message);
                    return None;
                };
                let key = member.key.as_str();
                let message = format!("`{key}` is not a kind of task");
                let place = at.child(key, &member.value);
                self.problems.add_with_hint(member.key_at, &place.path, message, Some(kind));
                Some(Named { key, kind })
            }
            [kind, ..] => {
                let message = format!("a task does one thing, but this has {}", listed(&kinds));
                self.problems.add(key_at, &at.path, message);
                Some(Named { key: kind, kind })
            }
        }
    }

    fn kind(&mut self, name: &str, at: &At<'_>, siblings: &Siblings) -> Option<Kind> {
        let place = at.get(name)?;
        match name {
            "do" => Some(Kind::Do(self.block(&place, true))),
            "set" => self.set(&place),
            "switch" => self.switch(&place, siblings),
            "for" => self.for_task(at, &place),
            "fork" => self.fork(&place),
            "try" => self.try_task(at, &place, siblings),
            "call" => self.call(at, &place),
            "run" => self.run_task(&place),
            "wait" => self.duration_template(&place).map(Kind::Wait),
            "emit" => self.emit(&place),
            "raise" => self.raise(&place),
            "listen" => self.listen(at, &place),
            _ => None,
        }
    }

    /// Where to go next: a word of the language, or a task of the same list.
    pub(super) fn then(&mut self, at: &At<'_>, siblings: &Siblings) -> Option<Then> {
        let text = self.text(at)?;
        let found = match text {
            "continue" => Some(Then::Continue),
            "exit" => Some(Then::Exit),
            "end" => Some(Then::End),
            name => siblings.names.get(name).map(|position| Then::To(*position)),
        };
        if let Some(Then::To(_)) = found
            && !siblings.may_jump
        {
            let message = "a branch cannot go to another branch; use `continue`, `exit` or `end`";
            self.problem(at, message);
            return None;
        }
        if found.is_none() {
            let words = ["continue", "exit", "end"];
            let known = words.into_iter().chain(siblings.names.keys().map(String::as_str));
            let message = format!(
                "there is no task `{text}` in this list; expected its name, or `continue`, `exit` or `end`"
            );
            let hint = nearest(text, known);
            self.problems.add_with_hint(at.position(), &at.path, message, hint);
        }
        found
    }
}

/// Whether a member of an item of a task list is a task. Where there are several, those that are not are of a task
/// whose keys stand beside its name.
fn is_task(member: &Member, members: usize) -> bool {
    let key = member.key.as_str();
    let Content::Map(parts) = &member.value.content else { return members == 1 };
    let says_its_kind = || parts.iter().any(|part| KINDS.contains(&part.key.as_str()));
    let is_of_task = MAPS.contains(&key) || (KINDS.contains(&key) && !says_its_kind());
    members == 1 || !is_of_task
}

/// A map in which one key has another name.
fn with_key(node: &Node, key: &str, name: &str) -> Node {
    let mut node = node.clone();
    if let Content::Map(members) = &mut node.content {
        for member in members.iter_mut().filter(|member| member.key == key) {
            name.clone_into(&mut member.key);
        }
    }
    node
}
