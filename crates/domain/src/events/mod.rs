//! The event log, as its readers see it.

mod list;
mod live;

pub(crate) use live::Listener;
pub use live::Live;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![list::operation()]
}
