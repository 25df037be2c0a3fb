//! Moving a run to another version of its definition.
//!
//! What is over does not matter, and what is still to come may be anything. What the run is in the middle of must
//! stand in the new version too: the same tasks, under the same names, around and at the place where it is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::{Definition, Kind, Task, TaskId, Then},
    phase::{Extended, Phase},
    program::Program,
    state::State,
};

/// Why a run cannot be moved: a task that it is in, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmovable {
    /// The task's place in the version that the run is on.
    pub task: String,
    pub reason: String,
}

impl std::fmt::Display for Unmovable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.task, self.reason)
    }
}

impl State {
    /// The same run, on another version of its definition.
    ///
    /// # Errors
    /// Every reason why that is not safe.
    pub fn relocate(mut self, from: &Program, to: &Program) -> Result<Self, Vec<Unmovable>> {
        if self.status.has_ended() && self.error.is_none() {
            let reason = "the run is over".to_owned();
            return Err(vec![Unmovable { task: String::new(), reason }]);
        }
        let mut moving = Moving { from: &from.definition, to: &to.definition, found: Vec::new() };
        for frame in self.frames.values_mut() {
            let Some(id) = frame.task else { continue };
            let may_differ = matches!(frame.phase, Phase::Failed { .. } | Phase::Unentered);
            frame.task = moving.task(id, may_differ);
            moving.phase(id, &mut frame.phase);
        }
        moving.found.dedup();
        if moving.found.is_empty() { Ok(self) } else { Err(moving.found) }
    }
}

struct Moving<'p> {
    from: &'p Definition,
    to: &'p Definition,
    found: Vec<Unmovable>,
}

impl Moving<'_> {
    fn refuse(&mut self, task: &str, reason: impl Into<String>) {
        self.found.push(Unmovable { task: task.to_owned(), reason: reason.into() });
    }

    /// The task's number in the new version.
    fn task(&mut self, id: TaskId, may_differ: bool) -> Option<TaskId> {
        let old = self.from.task(id)?;
        let mut matching = places(self.to).remove(&place(&old.pointer)).unwrap_or_default();
        let (Some(new), true) = (matching.pop(), matching.is_empty()) else {
            self.refuse(&old.pointer, "the new version has no such task");
            return None;
        };
        let found = self.to.task(new)?;
        let differs = if may_differ {
            std::mem::discriminant(&old.kind) != std::mem::discriminant(&found.kind)
        } else {
            own(self.from, old) != own(self.to, found)
        };
        if differs {
            let reason = "the run is in it, and the new version writes it differently";
            self.refuse(&old.pointer, reason);
        }
        Some(new)
    }

    fn phase(&mut self, id: TaskId, phase: &mut Phase) {
        let at = self.from.task(id).map_or("", |task| task.pointer.as_str());
        match phase {
            Phase::Try(made) => {
                for activation in &mut made.calls {
                    // Trying again makes the same calls under the same numbers.
                    if let Some(task) = self.task(activation.task, false) {
                        activation.task = task;
                    }
                }
            }
            Phase::Extended(Extended { produced, .. }) => {
                if self.from.document.pointer("/use/extensions")
                    != self.to.document.pointer("/use/extensions")
                {
                    self.refuse(at, "an extension is at work, and the new version has others");
                }
                self.next(id, produced.as_mut().and_then(|(_, then)| then.as_mut()));
            }
            Phase::Failed { produced, .. } => {
                self.next(id, produced.as_mut().and_then(|(_, then)| then.as_mut()));
            }
            Phase::Stopped { was } => self.phase(id, was),
            Phase::Block
            | Phase::Fork { .. }
            | Phase::For(_)
            | Phase::Call { .. }
            | Phase::Wait { .. }
            | Phase::Listen { .. }
            | Phase::Unentered => {}
        }
    }

    /// Where the run goes after the task, by the name of the task that follows.
    fn next(&mut self, id: TaskId, then: Option<&mut Then>) {
        let Some(Then::To(position)) = then else { return };
        let Some(old) = self.from.task(id) else { return };
        let target = self.from.block(old.block).and_then(|block| block.tasks.get(*position));
        let new = target.and_then(|target| self.task(*target, true));
        if let Some(new) = new.and_then(|new| self.to.task(new)) {
            *position = new.position;
        }
    }
}

/// A task's place without the ranks in the lists, which change when a task is put before it.
fn place(pointer: &str) -> String {
    let is_rank = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> =
        pointer.split('/').map(|part| if is_rank(&part) { "-" } else { part }).collect();
    parts.join("/")
}

fn places(definition: &Definition) -> BTreeMap<String, Vec<TaskId>> {
    let mut places: BTreeMap<String, Vec<TaskId>> = BTreeMap::new();
    for (id, task) in (0..).zip(&definition.tasks) {
        places.entry(place(&task.pointer)).or_default().push(id);
    }
    places
}

/// What is written at a task, without the tasks inside it. Of branches the names count, since a fork's outputs
/// are kept by their rank.
fn own(definition: &Definition, task: &Task) -> Value {
    let mut written = definition.document.pointer(&task.pointer).cloned().unwrap_or_default();
    match &task.kind {
        Kind::Do(_) | Kind::For(_) => forget(&mut written, "", "do"),
        Kind::Listen(_) => forget(&mut written, "/foreach", "do"),
        Kind::Try(_) => {
            forget(&mut written, "", "try");
            forget(&mut written, "/catch", "do");
        }
        Kind::Fork { .. } => {
            if let Some(branches) = written.pointer_mut("/fork/branches") {
                *branches = names(branches);
            }
        }
        Kind::Function { .. } => return function(definition, written),
        Kind::Set(_)
        | Kind::Switch(_)
        | Kind::Call { .. }
        | Kind::Wait(_)
        | Kind::Emit(_)
        | Kind::Raise(_) => {}
    }
    written
}

/// A call of a function of the definition means what the function says.
fn function(definition: &Definition, written: Value) -> Value {
    let name = written.get("call").and_then(Value::as_str).unwrap_or_default().to_owned();
    let functions = definition.document.pointer("/use/functions");
    let meant = functions.and_then(|functions| functions.get(&name)).cloned().unwrap_or_default();
    Value::Array(vec![written, meant])
}

fn forget(written: &mut Value, at: &str, key: &str) {
    if let Some(object) = written.pointer_mut(at).and_then(Value::as_object_mut) {
        object.remove(key);
    }
}

fn names(branches: &Value) -> Value {
    let branches = branches.as_array().into_iter().flatten();
    branches.filter_map(|branch| branch.as_object()?.keys().next().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Input,
        testing::{Hand, compile},
    };

    const WAITS: &str = "do:
- first: { set: { a: 1 } }
- all:
    fork:
      branches:
      - left: { do: [ { hear: { listen: { to: { one: { with: { type: paid } } } } } } ] }
      - right: { call: echo }
- last: { set: { end: old } }
";

    fn moved(hand: &Hand, to: &str) -> Result<State, Vec<Unmovable>> {
        hand.state.clone().relocate(&hand.program, &compile(to))
    }

    fn reasons(hand: &Hand, to: &str) -> Vec<String> {
        moved(hand, to).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_over_and_what_is_to_come_may_change() {
        let (hand, _) = Hand::start(WAITS, json!({}));
        let new = WAITS
            .replace(
                "- first: { set: { a: 1 } }",
                "- other: { set: { b: 1 } }\n- more: { set: { c: 1 } }",
            )
            .replace("{ hear:", "{ before: { set: {} } }, { hear:")
            .replace("end: old", "end: new");
        let state = moved(&hand, &new).unwrap();
        let mut hand = Hand { program: compile(&new), state };
        let event =
            json!({ "specversion": "1.0", "id": "1", "source": "/t", "type": "paid", "data": 1 });
        hand.give(Input::EventReceived { event }, 1);
        hand.give(
            Input::CallSucceeded { call: hand.state.pending_calls()[0], output: json!(2) },
            2,
        );
        assert_eq!(hand.state.output(), Some(&json!({ "end": "new" })));
    }

    #[test]
    fn where_the_run_is_must_stay_as_it_is() {
        let (hand, _) = Hand::start(WAITS, json!({}));
        assert_eq!(
            reasons(&hand, &WAITS.replace("type: paid", "type: settled")),
            [
                "/do/1/all/fork/branches/0/left/do/0/hear: the run is in it, and the new version writes it differently"
            ]
        );
        assert_eq!(
            reasons(&hand, &WAITS.replace("hear:", "listen:")),
            ["/do/1/all/fork/branches/0/left/do/0/hear: the new version has no such task"]
        );
        let wider = WAITS.replace("      - right:", "      - third: { set: {} }\n      - right:");
        assert_eq!(
            reasons(&hand, &wider),
            ["/do/1/all: the run is in it, and the new version writes it differently"]
        );
    }

    #[test]
    fn a_failed_task_may_be_mended() {
        let (mut hand, _) =
            Hand::start("do:\n- ask: { call: fail, with: { status: 404 } }\n", json!({}));
        let error = crate::testing::failure("https://example.com/errors/broken", 404);
        hand.give(Input::CallFailed { call: hand.state.pending_calls()[0], error }, 1);
        let new = "do:\n- note: { set: {} }\n- ask: { call: echo, with: { n: 7 } }\n";
        let state = moved(&hand, new).unwrap();
        let mut hand = Hand { program: compile(new), state };
        let commands = hand.give(Input::Retry, 2);
        let asked = commands.iter().find_map(|command| match command {
            crate::Command::Call { function, input, .. } => {
                Some((function.as_str(), input.clone()))
            }
            _ => None,
        });
        assert_eq!(asked, Some(("echo", json!({ "n": 7 }))));
    }

    #[test]
    fn a_run_that_is_over_stays_where_it_is() {
        let (hand, _) = Hand::start("do: [ { a: { set: {} } } ]\n", json!({}));
        assert_eq!(reasons(&hand, WAITS), [": the run is over"]);
    }
}
