//! What the body of a change of a project's status must hold.

use std::sync::LazyLock;

use domain::{Problem, operation::InputSchema};
use kernel::{Amount, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{PROJECT_STATUS_CHANGED, body};

/// The whole body, as the invoice system's contract has it (1.A).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProjectStatusWebhook {
    pub event_type: String,
    pub event_id: String,
    pub timestamp: Timestamp,
    pub project_data: ProjectData,
}

/// How a project stands at the invoice system.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProjectData {
    /// Absent while there is only a lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    pub lead_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_status: Option<String>,
    pub new_status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_paid: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_milestone: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<ProjectStatusWebhook, Problem> {
    body::read_with(&SCHEMA, body)
}

static SCHEMA: LazyLock<InputSchema> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the schema below is a constant, compiled by every test"
    )]
    InputSchema::compile(&schema()).expect("the schema of a status change is valid")
});

/// The contract's payload as JSON Schema. Unknown fields are allowed: senders add some.
fn schema() -> Value {
    let optional = |max: u32| json!({ "type": ["string", "null"], "maxLength": max });
    let required = |max: u32| json!({ "type": "string", "minLength": 1, "maxLength": max });
    json!({
        "type": "object",
        "required": ["event_type", "event_id", "timestamp", "project_data"],
        "properties": {
            "event_type": { "const": PROJECT_STATUS_CHANGED },
            "event_id": required(200),
            "timestamp": body::timestamp_schema(),
            "project_data": {
                "type": "object",
                "required": ["lead_id", "new_status"],
                "properties": {
                    "project_id": optional(200),
                    "lead_id": required(200),
                    "company_name": optional(200),
                    "old_status": optional(50),
                    "new_status": required(50),
                    "payment_status": optional(50),
                    "amount_paid": {
                        "title": "a decimal such as `15000.00`",
                        "anyOf": [
                            { "type": "null" },
                            { "type": "number", "minimum": 0 },
                            { "type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$" },
                        ],
                    },
                    "next_milestone": optional(200),
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> Value {
        json!({
            "event_type": PROJECT_STATUS_CHANGED, "event_id": "1",
            "timestamp": "2025-11-15T14:00:00Z",
            "project_data": {
                "project_id": "proj_xyz789", "lead_id": "lead_abc123",
                "company_name": "TechFlow Solutions", "old_status": "proposal_sent",
                "new_status": "contract_signed", "payment_status": "deposit_received",
                "amount_paid": 15000.00, "next_milestone": "branding_kickoff",
            },
        })
    }

    #[test]
    fn the_contracts_own_example_is_read() {
        let webhook = read(valid().to_string().as_bytes()).unwrap();
        assert_eq!(webhook.project_data.amount_paid.unwrap().to_string(), "15000");
        assert_eq!(webhook.project_data.new_status, "contract_signed");
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let mut body = valid();
        body["project_data"] = json!({ "amount_paid": "much", "payment_status": 1 });
        let problem = read(body.to_string().as_bytes()).unwrap_err();
        let mut pointers: Vec<&str> =
            problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/project_data/amount_paid",
                "/project_data/lead_id",
                "/project_data/new_status",
                "/project_data/payment_status",
            ]
        );
    }
}
