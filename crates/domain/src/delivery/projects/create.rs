//! `POST /v1/projects`

use kernel::{LeadId, ProjectId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use super::{
    LIST_MAX, NewMilestone, ProjectDetail, StatusText, home_currency, in_currency, milestone, names,
};
use crate::{
    Caller, Operation, Permission, Problem, operation,
    text::{Name, ShortText},
};

/// What a project is before anybody says otherwise.
const STATUS: &str = "planned";

/// A project as it is agreed on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProject {
    pub(crate) name: ShortText,
    /// Our lead; found by `external_lead_id` when it is left out.
    #[serde(default)]
    pub(crate) lead_id: Option<LeadId>,
    /// The lead's id at the invoice system.
    #[serde(default)]
    pub(crate) external_lead_id: Option<ShortText>,
    /// The project's id at the invoice system.
    #[serde(default)]
    pub(crate) external_project_id: Option<ShortText>,
    /// The lead's company when it is left out.
    #[serde(default)]
    pub(crate) company_name: Option<ShortText>,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    pub(crate) services: Vec<Name>,
    /// Such as `contract_signed`; `planned` when it is left out.
    #[serde(default)]
    pub(crate) status: Option<StatusText>,
    /// Such as `deposit_received`.
    #[serde(default)]
    pub(crate) payment_status: Option<StatusText>,
    #[serde(default)]
    pub(crate) amount_paid: Option<kernel::Amount>,
    #[serde(default)]
    pub(crate) next_milestone: Option<ShortText>,
    #[serde(default)]
    pub(crate) estimated_completion: Option<chrono::NaiveDate>,
    #[serde(default)]
    pub(crate) notion_url: Option<ShortText>,
    #[serde(default)]
    pub(crate) slack_channel: Option<Name>,
    #[serde(default)]
    #[schemars(length(max = LIST_MAX))]
    pub(crate) milestones: Vec<NewMilestone>,
}

/// A project, and whether it is new.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CreatedProject {
    #[serde(flatten)]
    pub(crate) project: ProjectDetail,
    /// False when there was one of this name for the lead already; it was left as it was.
    pub(crate) created: bool,
}

pub(super) fn operation() -> Operation {
    operation!(create_project(NewProject) -> CreatedProject, Permission::WriteProjects)
        .post("/v1/projects")
        .tag("projects")
        .says(
            "Create a project",
            "Of a lead, which is named by our id or by the invoice system's. A lead has one project of \
             each name: creating it again answers the one there is, unchanged. So does naming the \
             `external_project_id` of one there is.",
        )
        .creates_or_finds()
        .about("project_id")
        .example(json!({
            "external_lead_id": "lead_abc123",
            "name": "TechFlow Solutions - Full Branding Package",
            "services": ["branding", "website"],
            "status": "contract_signed",
            "estimated_completion": "2027-03-15",
            "milestones": [{
                "name": "Brand Strategy Completed",
                "target_date": "2026-12-01",
                "deliverables": ["Brand Guidelines PDF", "Logo Concepts"],
                "amount": "15000.00",
            }],
        }))
}

async fn create_project(
    tx: &mut TenantTx,
    _: &Caller,
    input: NewProject,
) -> Result<CreatedProject, Problem> {
    create(tx, input).await
}

/// Makes the project, or finds the one that was made before.
pub(crate) async fn create(
    tx: &mut TenantTx,
    mut input: NewProject,
) -> Result<CreatedProject, Problem> {
    milestone::require_distinct(&input.milestones)?;
    let lead = lead_of(tx, &input).await?;
    if let Some(lead) = &lead {
        input.lead_id = Some(lead.lead_id.into());
        input.external_lead_id =
            input.external_lead_id.or_else(|| lead.external_lead_id.as_deref()?.parse().ok());
        input.company_name = input.company_name.or_else(|| lead.company_name.parse().ok());
    } else if input.external_lead_id.is_none() && input.external_project_id.is_none() {
        let detail = "is required unless `external_lead_id` or `external_project_id` is given";
        return Err(Problem::field("/lead_id", detail));
    }
    let id = tx.new_id();
    if insert(tx, id, &input, lead.map(|lead| lead.client_id)).await? {
        let currency = home_currency(tx).await?;
        milestone::insert(tx, id, &input.milestones, currency).await?;
        let project = super::load(tx, id).await?;
        let view = &project.project;
        let facts = json!({
            "project_id": id,
            "client_id": view.client_id,
            "lead_id": view.lead_id,
            "external_lead_id": view.external_lead_id,
            "external_project_id": view.external_project_id,
            "status": view.status,
        });
        tx.append("delivery", "project.created", Some(id.to_string()), facts).await?;
        return Ok(CreatedProject { project, created: true });
    }
    let id = find(tx, &input).await?.ok_or_else(external_id_taken)?;
    Ok(CreatedProject { project: super::load(tx, id).await?, created: false })
}

struct LeadOf {
    lead_id: Uuid,
    client_id: Uuid,
    external_lead_id: Option<String>,
    company_name: String,
}

async fn lead_of(tx: &mut TenantTx, input: &NewProject) -> Result<Option<LeadOf>, Problem> {
    let lead = sqlx::query_as!(
        LeadOf,
        r#"
        select l.lead_id, l.client_id, l.external_lead_id, c.company_name
        from crm.lead l
        join crm.client c on c.tenant_id = l.tenant_id and c.client_id = l.client_id
        where l.lead_id = $1 or ($1::uuid is null and l.external_lead_id = $2)
        "#,
        input.lead_id.map(LeadId::uuid),
        input.external_lead_id.as_ref().map(ShortText::as_str),
    )
    .fetch_optional(tx.conn())
    .await?;
    if lead.is_none() && input.lead_id.is_some() {
        return Err(Problem::not_found("lead"));
    }
    Ok(lead)
}

/// False when there is one already. Waits for whoever is making the same one.
async fn insert(
    tx: &mut TenantTx,
    id: ProjectId,
    input: &NewProject,
    client: Option<Uuid>,
) -> Result<bool, Problem> {
    let (currency, now) = (home_currency(tx).await?, tx.now());
    let paid = in_currency(input.amount_paid, currency, "/amount_paid")?;
    let inserted = sqlx::query!(
        r#"
        insert into delivery.project
            (project_id, client_id, lead_id, external_lead_id, external_project_id, name,
             company_name, services, status, payment_status, amount_paid_minor,
             amount_paid_currency, next_milestone, estimated_completion, notion_url, slack_channel,
             created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
        on conflict do nothing
        "#,
        id.uuid(),
        client,
        input.lead_id.map(LeadId::uuid),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.external_project_id.as_ref().map(ShortText::as_str),
        input.name.as_str(),
        input.company_name.as_ref().map(ShortText::as_str),
        &names(&input.services),
        input.status.as_ref().map_or(STATUS, StatusText::as_str),
        input.payment_status.as_ref().map(StatusText::as_str),
        paid.map(kernel::Money::minor),
        paid.map(|paid| paid.currency().to_string()),
        input.next_milestone.as_ref().map(ShortText::as_str),
        input.estimated_completion,
        input.notion_url.as_ref().map(ShortText::as_str),
        input.slack_channel.as_ref().map(Name::as_str),
        now,
    )
    .execute(tx.conn())
    .await?
    .rows_affected();
    Ok(0 < inserted)
}

async fn find(tx: &mut TenantTx, input: &NewProject) -> Result<Option<ProjectId>, Problem> {
    let found = sqlx::query_scalar!(
        r#"
        select project_id from delivery.project
        where (name = $1 and (lead_id = $2 or external_lead_id = $3)) or external_project_id = $4
        order by (external_project_id = $4) desc nulls last
        limit 1
        "#,
        input.name.as_str(),
        input.lead_id.map(LeadId::uuid),
        input.external_lead_id.as_ref().map(ShortText::as_str),
        input.external_project_id.as_ref().map(ShortText::as_str),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(ProjectId::from))
}

pub(super) fn external_id_taken() -> Problem {
    Problem::new(
        "external-id-taken",
        "another project has this external id, or this name for the same lead; check which of the two \
         it belongs to",
    )
}
