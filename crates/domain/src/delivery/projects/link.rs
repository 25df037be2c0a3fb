//! `PUT /v1/projects/{project_id}/link`

use kernel::ProjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ProjectDetail, create::external_id_taken};
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Name, ShortText},
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkProject {
    project_id: ProjectId,
    /// The project's id at the invoice system.
    #[serde(default)]
    external_project_id: Option<ShortText>,
    /// The lead's id at the invoice system.
    #[serde(default)]
    external_lead_id: Option<ShortText>,
    #[serde(default)]
    notion_url: Option<ShortText>,
    #[serde(default)]
    slack_channel: Option<Name>,
    /// The message that the project's thread hangs on.
    #[serde(default)]
    slack_thread: Option<Name>,
}

pub(super) fn operation() -> Operation {
    operation!(link_project(LinkProject) -> ProjectDetail, Permission::WriteProjects)
        .put("/v1/projects/{project_id}/link")
        .tag("projects")
        .says(
            "Link a project",
            "Notes where the project is in other systems. What is left out stays as it is.",
        )
        .about("project_id")
        .example(json!({
            "project_id": "proj_01h455vb4pex5vsknk084sn02q",
            "external_project_id": "proj_xyz789",
            "notion_url": "https://notion.so/techflow-project",
            "slack_channel": "#client-techflow",
        }))
}

async fn link_project(
    tx: &mut TenantTx,
    _: &Caller,
    input: LinkProject,
) -> Result<ProjectDetail, Problem> {
    let (id, now) = (input.project_id, tx.now());
    let changed = sqlx::query!(
        r#"
        update delivery.project set
            external_project_id = coalesce($2, external_project_id),
            external_lead_id    = coalesce($3, external_lead_id),
            notion_url          = coalesce($4, notion_url),
            slack_channel       = coalesce($5, slack_channel),
            slack_thread        = coalesce($6, slack_thread),
            updated_at          = $7
        where project_id = $1
        "#,
        id.uuid(),
        input.external_project_id.as_ref().map(ShortText::as_str),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.notion_url.as_ref().map(ShortText::as_str),
        input.slack_channel.as_ref().map(Name::as_str),
        input.slack_thread.as_ref().map(Name::as_str),
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(|error| match &error {
        sqlx::Error::Database(refusal)
            if refusal.constraint().is_some_and(|name| name.starts_with("project_external_")) =>
        {
            external_id_taken()
        }
        _ => error.into(),
    })?
    .rows_affected();
    if changed == 0 {
        return Err(Problem::not_found("project"));
    }
    let facts = json!({
        "project_id": id,
        "external_project_id": input.external_project_id,
        "external_lead_id": input.external_lead_id,
    });
    tx.append("delivery", "project.linked", Some(id.to_string()), facts).await?;
    super::load(tx, id).await
}
