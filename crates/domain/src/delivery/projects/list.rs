//! `GET /v1/projects`

use kernel::LeadId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ProjectRow, ProjectView, StatusText};
use crate::{
    Caller, Cursor, Limit, Operation, Page, Permission, Problem, operation, text::ShortText,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListProjects {
    #[serde(default)]
    lead_id: Option<LeadId>,
    #[serde(default)]
    external_lead_id: Option<ShortText>,
    #[serde(default)]
    external_project_id: Option<ShortText>,
    #[serde(default)]
    status: Option<StatusText>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

pub(super) fn operation() -> Operation {
    operation!(list_projects(ListProjects) -> Page<ProjectView>, Permission::ReadProjects)
        .get("/v1/projects")
        .tag("projects")
        .says("List projects", "Newest first, without their milestones.")
        .example(json!({ "external_lead_id": "lead_abc123", "limit": 20 }))
}

async fn list_projects(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListProjects,
) -> Result<Page<ProjectView>, Problem> {
    let limit = input.limit.unwrap_or_default();
    let rows = sqlx::query_as!(
        ProjectRow,
        r#"
        select project_id, client_id, lead_id, external_lead_id, external_project_id, name,
               company_name, services, status, payment_status, amount_paid_minor,
               amount_paid_currency, completion_percentage, next_steps, next_milestone,
               estimated_completion, notion_url, slack_channel, slack_thread, last_status_at,
               created_at, updated_at
        from delivery.project
        where ($1::uuid is null or lead_id = $1)
          and ($2::text is null or external_lead_id = $2)
          and ($3::text is null or external_project_id = $3)
          and ($4::text is null or status = $4)
          and ($5::uuid is null or project_id < $5)
        order by project_id desc
        limit $6
        "#,
        input.lead_id.map(LeadId::uuid),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.external_project_id.as_ref().map(ShortText::as_str),
        input.status.as_ref().map(StatusText::as_str),
        input.cursor.map(Cursor::uuid),
        limit.rows(),
    )
    .fetch_all(tx.conn())
    .await?;
    let projects = rows.into_iter().map(ProjectView::try_from).collect::<Result<_, _>>()?;
    Ok(Page::new(projects, limit, |project: &ProjectView| project.project_id))
}
