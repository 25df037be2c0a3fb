//! How the work goes: a tenant's own figures.

mod ai_usage;
mod health;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    health::operations().into_iter().chain(ai_usage::operations()).collect()
}
