//! How the work goes: a tenant's own figures.

mod health;
mod today;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [health::operations(), today::operations()].concat()
}
