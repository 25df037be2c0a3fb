//! What a tenant lets an assistant do. Part of the assistant's settings, kept unsealed beside them because
//! operations need it and it is no secret.

use serde_json::Value;
use store::TenantTx;

use crate::Problem;

/// A tenant that never said anything lets an assistant work: it gave it a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    is_enabled: bool,
    pub(super) auto_create_leads: bool,
    pub(super) auto_attach_deliverables: bool,
}

impl Policy {
    fn of_settings(settings: &Value) -> Self {
        let flag = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or(true);
        Self {
            is_enabled: flag("enabled"),
            auto_create_leads: flag("auto_create_leads"),
            auto_attach_deliverables: flag("auto_attach_deliverables"),
        }
    }
}

/// The policy of a tenant whose integration is switched on.
pub(super) async fn require_enabled(tx: &mut TenantTx) -> Result<Policy, Problem> {
    let row = sqlx::query!(
        "select is_enabled, auto_create_leads, auto_attach_deliverables from partners.assistant_policy"
    )
    .fetch_optional(tx.conn())
    .await?;
    let policy = row.map_or_else(
        || Policy::of_settings(&Value::Null),
        |row| Policy {
            is_enabled: row.is_enabled,
            auto_create_leads: row.auto_create_leads,
            auto_attach_deliverables: row.auto_attach_deliverables,
        },
    );
    if policy.is_enabled {
        return Ok(policy);
    }
    Err(Problem::new(
        "integration-disabled",
        "the integration with the assistant is switched off; ask the business to switch it on",
    ))
}

/// Keeps what the assistant's settings allow, in the transaction that keeps the settings.
pub(crate) async fn store(tx: &mut TenantTx, settings: &Value) -> Result<(), Problem> {
    let (policy, now) = (Policy::of_settings(settings), tx.now());
    sqlx::query!(
        r#"
        insert into partners.assistant_policy
            (is_enabled, auto_create_leads, auto_attach_deliverables, updated_at)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) do update set
            is_enabled = excluded.is_enabled, auto_create_leads = excluded.auto_create_leads,
            auto_attach_deliverables = excluded.auto_attach_deliverables,
            updated_at = excluded.updated_at
        "#,
        policy.is_enabled,
        policy.auto_create_leads,
        policy.auto_attach_deliverables,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_settings_leave_out_is_allowed() {
        let policy = Policy::of_settings(&json!({ "auto_create_leads": false }));
        assert!(policy.is_enabled && policy.auto_attach_deliverables && !policy.auto_create_leads);
    }
}
