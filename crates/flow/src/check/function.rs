//! The functions of `use.functions`: tasks with a name, used by calls.

use super::{At, Checker, task::Siblings};
use crate::{
    diagnostic::nearest,
    model::{Block, BlockId},
    protocol,
    source::Content,
};

impl Checker<'_> {
    /// Reads all functions. A function may use another that stands after it, but none itself.
    pub(super) fn read_functions(&mut self, at: &At<'_>) {
        if !matches!(at.node.content, Content::Map(_)) {
            self.expected(at, "a map of names to tasks");
            return;
        }
        for member in at.members() {
            let block = BlockId::try_from(self.blocks.len()).unwrap_or(BlockId::MAX);
            self.blocks.push(Block::default());
            self.functions.insert(member.key.clone(), block);
        }
        for member in at.members() {
            let Some(block) = self.functions.get(&member.key).copied() else { continue };
            let place = at.child(&member.key, &member.value);
            self.inside = Some(member.key.clone());
            let alone = Siblings::default();
            let task = self.task(&member.key, member.key_at, &place, (block, 0), &alone);
            self.inside = None;
            if let Some(block) = self.blocks.get_mut(block as usize) {
                block.tasks.push(task);
            }
        }
        for member in at.members() {
            if self.reaches(&member.key, &member.key) {
                let place = at.child(&member.key, &member.value);
                let message = format!("the function `{}` uses itself", member.key);
                self.problems.add(member.key_at, &place.path, message);
            }
        }
    }

    /// The list of the function's task, if `use.functions` has it.
    pub(super) fn function_of_use(&mut self, name: &str) -> Option<BlockId> {
        let block = self.functions.get(name).copied()?;
        if let Some(inside) = &self.inside {
            self.uses.push((inside.clone(), name.to_owned()));
        }
        Some(block)
    }

    pub(super) fn nearest_function(&self, name: &str) -> Option<String> {
        let mut known = self.catalog.names();
        known.extend(self.functions.keys().cloned());
        known.extend(protocol::all().iter().map(|it| it.name.to_owned()));
        nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
    }

    /// Whether one function uses the other, itself or through others.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(current) = seen.get(next).copied() {
            next += 1;
            for (_, used) in self.uses.iter().filter(|(user, _)| user == current) {
                if used == to {
                    return true;
                }
                if !seen.contains(&used.as_str()) {
                    seen.push(used);
                }
            }
        }
        false
    }
}
