//! `PATCH /v1/leads/{lead_id}`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::TenantTx;

use super::LeadDetail;
use crate::{Caller, Operation, Permission, Problem, operation, text::Name};

/// How many people or fields a lead has at the most.
const ENTRIES_MAX: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateLead {
    lead_id: LeadId,
    /// Who works on it, such as `designer_jane`. Replaces whoever did.
    #[serde(default)]
    #[schemars(length(max = ENTRIES_MAX))]
    assigned_team: Option<Vec<Name>>,
    /// What else is known of it. These fields are set; others stay; null takes a field away.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX))]
    custom_fields: Option<Map<String, Value>>,
}

pub(super) fn operation() -> Operation {
    operation!(update_lead(UpdateLead) -> LeadDetail, Permission::WriteLeads)
        .patch("/v1/leads/{lead_id}")
        .tag("leads")
        .says("Update a lead", "Says who works on it, and what else is known of it.")
        .about("lead_id")
        .example(json!({
            "lead_id": "lead_01h455vb4pex5vsknk084sn02q",
            "assigned_team": ["designer_jane", "developer_mike"],
            "custom_fields": { "brand_preferences": "Modern, minimal, tech-forward" },
        }))
}

async fn update_lead(
    tx: &mut TenantTx,
    caller: &Caller,
    input: UpdateLead,
) -> Result<LeadDetail, Problem> {
    let (id, now) = (input.lead_id, tx.now());
    let team: Option<Vec<String>> =
        input.assigned_team.map(|team| team.iter().map(|name| name.as_str().to_owned()).collect());
    let changed = sqlx::query!(
        r#"
        update crm.lead set
            assigned_team = coalesce($2, assigned_team),
            custom_fields = jsonb_strip_nulls(custom_fields || coalesce($3, '{}'::jsonb)),
            updated_at    = $4
        where lead_id = $1
        "#,
        id.uuid(),
        team.as_deref(),
        input.custom_fields.map(Value::Object) as Option<Value>,
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Problem::not_found("lead"));
    }
    let facts = json!({ "lead_id": id });
    tx.append("crm", "lead.changed", Some(id.to_string()), facts).await?;
    super::load(tx, caller, id).await
}
