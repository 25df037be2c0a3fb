//! How the work goes: a tenant's own figures.

mod ai_usage;
mod health;
mod search;
mod today;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [today::operations(), search::operations(), health::operations(), ai_usage::operations()]
        .concat()
}
