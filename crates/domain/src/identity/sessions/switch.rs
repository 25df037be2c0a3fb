//! `PUT /v1/session/tenant`

use std::sync::Arc;

use kernel::TenantId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Done, NewSession, begin};
use crate::{
    App, Operation, Problem,
    identity::people,
    operation,
    operation::{CookieChange, Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SwitchTenant {
    tenant_id: TenantId,
}

pub(super) fn operation() -> Operation {
    operation!(account switch_tenant(SwitchTenant) -> Done)
        .put("/v1/session/tenant")
        .tag("session")
        .says(
            "Switch to another tenant",
            "One that the person is a member of. What they may do changes with it, so the session gets a new cookie.",
        )
        .answers_secret()
        .example(json!({ "tenant_id": TenantId::from(uuid::Uuid::nil()) }))
}

async fn switch_tenant(
    app: Arc<App>,
    visit: Visit,
    input: SwitchTenant,
) -> Result<Reply<Done>, Problem> {
    let session = visit.signed_in()?;
    let mut tx = app.db.identity().await?;
    let of = people::memberships(tx.conn(), session.person.person_id).await?;
    if of.iter().all(|membership| membership.tenant_id != input.tenant_id) {
        return Err(Problem::not_found("tenant"));
    }
    let new = NewSession { active: Some(input.tenant_id), ..session.like() };
    let text = begin(&app, tx.conn(), &visit, new).await?;
    tx.commit().await?;
    Ok(Reply::new(Done { done: true }).with_cookie(CookieChange::Set(text)))
}
