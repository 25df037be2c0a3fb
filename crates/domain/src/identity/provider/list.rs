//! `GET /v1/external-identities`

use std::sync::Arc;

use kernel::{ExternalIdentityId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    App, Operation, Problem, operation,
    operation::{Reply, Visit},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListExternalIdentities {}

/// An account at a provider, by which one signs in here.
#[derive(Debug, Serialize, JsonSchema)]
struct ExternalIdentityView {
    external_identity_id: ExternalIdentityId,
    issuer: String,
    /// Whether this installation still uses that provider.
    is_usable: bool,
    /// As the provider had verified it when it was connected.
    email: String,
    connected_at: Timestamp,
    /// When somebody last came by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExternalIdentities {
    items: Vec<ExternalIdentityView>,
}

pub(super) fn operation() -> Operation {
    operation!(account list_external_identities(ListExternalIdentities) -> ExternalIdentities)
        .get("/v1/external-identities")
        .tag("session")
        .says(
            "List external identities",
            "The accounts at providers that this person is connected with, the latest first.",
        )
}

async fn list_external_identities(
    app: Arc<App>,
    visit: Visit,
    _: ListExternalIdentities,
) -> Result<Reply<ExternalIdentities>, Problem> {
    let session = visit.signed_in()?;
    let issuer = app.outside.identity_provider().map(|settings| settings.issuer.as_str());
    let mut tx = app.db.identity().await?;
    let rows = sqlx::query!(
        r#"
        select external_identity_id, issuer, email, connected_at, used_at
        from identity.external_identity where person_id = $1
        order by connected_at desc, external_identity_id
        "#,
        session.person.person_id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    let items = rows
        .into_iter()
        .map(|row| ExternalIdentityView {
            external_identity_id: row.external_identity_id.into(),
            is_usable: issuer == Some(row.issuer.as_str()),
            issuer: row.issuer,
            email: row.email,
            connected_at: row.connected_at,
            used_at: row.used_at,
        })
        .collect();
    Ok(Reply::new(ExternalIdentities { items }))
}
