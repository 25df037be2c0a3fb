//! How the work goes: a tenant's own figures.

mod health;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    health::operations()
}
