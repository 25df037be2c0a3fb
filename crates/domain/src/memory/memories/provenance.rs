//! Who saved a memory, and what it came from.

use kernel::{DeliveryId, RunId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Caller, Principal};

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provenance {
    /// What the audit trail calls whoever saved it.
    pub saved_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_name: Option<String>,
    /// The webhook delivery that brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<DeliveryId>,
}

impl Provenance {
    pub(super) fn of(caller: &Caller, delivery_id: Option<DeliveryId>) -> Self {
        let nothing = Self {
            saved_by: caller.principal.to_string(),
            flow: None,
            run_id: None,
            token_name: None,
            delivery_id,
        };
        match &caller.principal {
            Principal::Flow { run, flow } => {
                Self { flow: Some(flow.clone()), run_id: Some(*run), ..nothing }
            }
            Principal::Token { name, .. } => Self { token_name: Some(name.clone()), ..nothing },
            Principal::Member { .. } | Principal::Visitor { .. } | Principal::System(_) => nothing,
        }
    }
}
