//! Flows and their runs, as people and programs handle them.

mod flows;
mod human_tasks;
mod prompts;
mod retention;
mod runs;

use std::sync::Arc;

use engine::Flows;

pub use prompts::own_prompt;

use crate::Operation;

/// The operations of this context. Those about flows need to know which there are.
pub fn operations(known: &Arc<Flows>) -> Vec<Operation> {
    [
        runs::operations(known),
        flows::operations(known),
        human_tasks::operations(),
        prompts::operations(),
        retention::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
