//! The fields of requests, as the contract has them.

use std::sync::LazyLock;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

use super::TYPES;

/// The width of the columns that hold a lead's source and the name of a model.
const NAME_MAX: u32 = 50;

/// `POST /leads`.
pub(super) static LEAD: LazyLock<Validator> = LazyLock::new(|| compile(&lead()));
/// `PUT /leads/{lead_id}/deliverables`.
pub(super) static DELIVERABLE: LazyLock<Validator> = LazyLock::new(|| compile(&deliverable()));

/// `POST /projects`.
pub(super) static PROJECT: LazyLock<Validator> = LazyLock::new(|| compile(&project()));
/// `PATCH /projects/{project_id}/status`.
pub(super) static STATUS: LazyLock<Validator> = LazyLock::new(|| compile(&status()));

/// Reads a body, or refuses it with the names of the fields at fault.
pub(super) fn read(body: &[u8], fields: &Validator) -> Result<Value, Response> {
    let refuse = |errors: Map<String, Value>| {
        let body = json!({
            "success": false, "error": "invalid-fields",
            "message": "the body is not as the contract has it; mend the fields named in `errors`",
            "errors": errors,
        });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    };
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Err(refuse(Map::from_iter([(String::new(), json!("is not JSON"))])));
    };
    let errors: Map<String, Value> = fields.iter_errors(&value).map(|it| explain(&it)).collect();
    if errors.is_empty() { Ok(value) } else { Err(refuse(errors)) }
}

/// The field at fault as a JSON pointer, and the reason.
fn explain(error: &jsonschema::ValidationError<'_>) -> (String, Value) {
    let place = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            (format!("{place}/{name}"), json!("is required"))
        }
        _ => (place, json!(error.masked_with("it").to_string())),
    }
}

/// Unknown fields are taken, and optional ones may be null.
fn lead() -> Value {
    let optional = json!({ "type": ["string", "null"] });
    let required = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "object",
        "required": ["source", "company_name", "contact_email", "agent_assessment", "intake_form_data"],
        "properties": {
            "source": { "type": "string", "minLength": 1, "maxLength": NAME_MAX },
            "company_name": required,
            "contact_email": { "type": "string", "pattern": r"^[^\s@\[\]]+@[^\s@\[\]]+$" },
            "contact_name": optional,
            "phone": optional,
            "industry": optional,
            "budget": optional,
            "services_requested": { "type": ["array", "null"], "items": { "type": "string" } },
            "agent_assessment": {
                "type": "object",
                "required": ["complexity_score", "estimated_hours", "recommended_package", "ai_generated_summary"],
                "properties": {
                    "complexity_score": { "type": "integer", "minimum": 0 },
                    "estimated_hours": { "type": "number", "minimum": 0 },
                    "recommended_package": required,
                    "ai_generated_summary": required,
                },
            },
            "intake_form_data": { "type": "object" },
            "lead_id": { "type": ["string", "null"], "minLength": 1 },
            "external_ref": { "type": ["string", "null"], "minLength": 1 },
        },
    })
}

fn deliverable() -> Value {
    let optional = json!({ "type": ["string", "null"] });
    let count = json!({ "type": "integer", "minimum": 0 });
    json!({
        "type": "object",
        "required": ["deliverable_type", "generated_at", "ai_model", "content", "formatted_output", "tokens_used"],
        "properties": {
            "deliverable_type": { "enum": TYPES },
            "generated_at": { "type": "string", "format": "date-time" },
            "ai_model": { "type": "string", "minLength": 1, "maxLength": NAME_MAX },
            "content": { "type": "object" },
            "formatted_output": {
                "type": "object",
                "required": ["markdown"],
                "properties": {
                    "markdown": { "type": "string" }, "pdf_url": optional, "notion_page_url": optional,
                },
            },
            "tokens_used": {
                "type": "object",
                "required": ["input", "output"],
                "properties": {
                    "input": count, "output": count,
                    "cost": { "type": ["number", "null"], "minimum": 0 },
                },
            },
        },
    })
}

fn project() -> Value {
    let optional = json!({ "type": ["string", "null"] });
    let required = json!({ "type": "string", "minLength": 1 });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "required": ["lead_id", "project_name", "services", "milestones"],
        "properties": {
            "lead_id": required,
            "project_name": required,
            "services": texts,
            "estimated_completion": { "type": ["string", "null"], "format": "date" },
            "agent_workspace": {
                "type": ["object", "null"],
                "properties": { "notion_project_url": optional, "slack_channel": optional },
            },
            "milestones": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": required,
                        "target_date": { "type": ["string", "null"], "format": "date" },
                        "deliverables": texts,
                    },
                },
            },
        },
    })
}

/// An invoice needs an amount and the milestone it is for.
fn status() -> Value {
    let optional = json!({ "type": ["string", "null"] });
    let required = json!({ "type": "string", "minLength": 1 });
    json!({
        "type": "object",
        "properties": {
            "status": { "type": ["string", "null"], "minLength": 1, "maxLength": NAME_MAX },
            "completion_percentage": { "type": ["integer", "null"], "minimum": 0, "maximum": 100 },
            "milestone_completed": optional,
            "deliverables_ready": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "required": ["name", "url", "type"],
                    "properties": { "name": required, "url": required, "type": required },
                },
            },
            "next_steps": optional,
            "trigger_invoice": { "type": ["boolean", "null"] },
            "invoice_amount": { "type": ["number", "null"], "exclusiveMinimum": 0 },
            "invoice_description": optional,
        },
        "if": { "required": ["trigger_invoice"], "properties": { "trigger_invoice": { "const": true } } },
        "then": {
            "required": ["milestone_completed", "invoice_amount"],
            "properties": { "milestone_completed": required, "invoice_amount": { "type": "number" } },
        },
    })
}

fn compile(schema: &Value) -> Validator {
    #[expect(clippy::expect_used, reason = "the schemas are constants, compiled by every test")]
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .expect("the contract's schema is valid")
}
