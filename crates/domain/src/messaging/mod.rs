//! What people are told. For now the alerts; messages to clients follow.

pub mod alert_rules;
mod alert_settings;
pub mod alerts;

use crate::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [alerts::operations(), alert_rules::operations(), alert_settings::operations()].concat()
}
