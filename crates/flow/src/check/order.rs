//! The order of tasks in a list: what is never reached, and what goes round for ever.

use std::collections::BTreeSet;

use super::Checker;
use crate::model::{BlockId, Kind, Task, TaskId, Then};

/// Where a run goes after a task.
#[derive(Debug, Default)]
struct Ways {
    /// To tasks of the same list, by position.
    next: BTreeSet<usize>,
    /// Out of the list.
    leaves: bool,
}

impl Checker<'_> {
    /// Warns of tasks of a list that nothing goes on to, and of rounds without an end or a wait.
    pub(super) fn check_order(&mut self, tasks: &[TaskId], places: &[(super::Position, String)]) {
        let Some(ways) = tasks
            .iter()
            .enumerate()
            .map(|(position, task)| Some(ways_of(self.known_task(*task)?, position, tasks.len())))
            .collect::<Option<Vec<Ways>>>()
        else {
            // What is wrong with a task is told already.
            return;
        };
        let reached = reachable(&ways, 0);
        for (position, (at, path)) in places.iter().enumerate() {
            if position != 0 && !reached.contains(&position) {
                let message = "this task is never reached: no task before it goes on to it";
                self.problems.warn(*at, path, message);
            }
        }
        let mut told = BTreeSet::new();
        for position in reached {
            let round = round_of(&ways, position);
            if round.is_empty() || !told.insert(round.clone()) {
                continue;
            }
            let has_end = round.iter().any(|member| {
                ways.get(*member).is_some_and(|ways| ways.leaves || !ways.next.is_subset(&round))
            });
            let waits = round
                .iter()
                .filter_map(|member| tasks.get(*member))
                .any(|task| self.may_wait(*task));
            if let (false, false, Some((at, path))) = (has_end, waits, places.get(position)) {
                let message = "the tasks from here on go round for ever and never wait; add a `switch` that \
                               leaves, or a `wait`";
                self.problems.warn(*at, path, message);
            }
        }
    }

    fn known_task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id as usize)?.as_ref()
    }

    /// Whether a task can take time, or stop the run.
    fn may_wait(&self, id: TaskId) -> bool {
        let of_block = |block: BlockId| {
            self.blocks
                .get(block as usize)
                .is_some_and(|block| block.tasks.iter().any(|task| self.may_wait(*task)))
        };
        match self.known_task(id).map(|task| &task.kind) {
            Some(Kind::Do(block) | Kind::Fork { branches: block, .. }) => of_block(*block),
            Some(Kind::For(settings)) => of_block(settings.body),
            Some(Kind::Try(settings)) => {
                of_block(settings.body) || settings.handler.is_some_and(of_block)
            }
            Some(Kind::Set(_) | Kind::Switch(_) | Kind::Emit(_)) => false,
            _ => true,
        }
    }
}

fn ways_of(task: &Task, position: usize, count: usize) -> Ways {
    let mut ways = Ways::default();
    let mut go = |then: Then| match then {
        Then::Continue if position + 1 < count => {
            ways.next.insert(position + 1);
        }
        Then::To(target) => {
            ways.next.insert(target);
        }
        Then::Continue | Then::Exit | Then::End => ways.leaves = true,
    };
    let is_conditional = task.condition.is_some();
    match &task.kind {
        Kind::Switch(cases) => {
            for case in cases {
                go(case.then);
            }
            if is_conditional || cases.iter().all(|case| case.when.is_some()) {
                go(task.then);
            }
        }
        Kind::Raise(_) if !is_conditional => ways.leaves = true,
        Kind::Try(settings) => {
            go(task.then);
            if let Some(then) = settings.then {
                go(then);
            }
        }
        _ => go(task.then),
    }
    ways
}

/// The positions that a run can come to from one, itself among them.
fn reachable(ways: &[Ways], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(position) = open.pop() {
        for next in ways.get(position).into_iter().flat_map(|ways| &ways.next) {
            if reached.insert(*next) {
                open.push(*next);
            }
        }
    }
    reached
}

/// The positions that a run can come back to this one from; none if it cannot come back.
fn round_of(ways: &[Ways], position: usize) -> BTreeSet<usize> {
    let first = ways.get(position).map(|ways| ways.next.clone()).unwrap_or_default();
    let returns = first.iter().any(|next| reachable(ways, *next).contains(&position));
    if !returns {
        return BTreeSet::new();
    }
    reachable(ways, position)
        .into_iter()
        .filter(|member| reachable(ways, *member).contains(&position))
        .collect()
}
