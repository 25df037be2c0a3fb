//! Projects: work that was agreed on, with its milestones. The same table serves whoever keeps the
//! books and whoever does the work.
//!
//! A project's row is locked before its milestones, and those before their invoices.

mod complete;
mod create;
mod get;
mod link;
mod list;
mod milestone;
mod status;

use kernel::{Amount, ClientId, Currency, LeadId, Money, ProjectId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::TenantTx;
use uuid::Uuid;

pub(crate) use complete::{Completion, complete};
pub(crate) use create::{NewProject, create};
pub use milestone::{MilestoneView, NewMilestone, ReadyDeliverable};
pub(crate) use status::{Report, report};

use crate::{
    Operation, Problem,
    text::{Line, Name},
};

/// Free text such as `contract_signed`.
pub type StatusText = Line<50>;

/// A project without its milestones.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProjectView {
    pub project_id: ProjectId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The lead's id at the invoice system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_lead_id: Option<String>,
    /// The project's id at the invoice system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_project_id: Option<String>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    pub services: Vec<String>,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_paid: Option<Money>,
    pub completion_percentage: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_steps: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_milestone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_completion: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notion_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_thread: Option<String>,
    /// When what was last applied happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A project with its milestones, in the order in which they are due.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProjectDetail {
    #[serde(flatten)]
    pub project: ProjectView,
    pub milestones: Vec<MilestoneView>,
}

struct ProjectRow {
    project_id: Uuid,
    client_id: Option<Uuid>,
    lead_id: Option<Uuid>,
    external_lead_id: Option<String>,
    external_project_id: Option<String>,
    name: String,
    company_name: Option<String>,
    services: Vec<String>,
    status: String,
    payment_status: Option<String>,
    amount_paid_minor: Option<i64>,
    amount_paid_currency: Option<String>,
    completion_percentage: i32,
    next_steps: Option<String>,
    next_milestone: Option<String>,
    estimated_completion: Option<chrono::NaiveDate>,
    notion_url: Option<String>,
    slack_channel: Option<String>,
    slack_thread: Option<String>,
    last_status_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<ProjectRow> for ProjectView {
    type Error = Problem;

    fn try_from(row: ProjectRow) -> Result<Self, Problem> {
        Ok(Self {
            project_id: row.project_id.into(),
            client_id: row.client_id.map(Into::into),
            lead_id: row.lead_id.map(Into::into),
            external_lead_id: row.external_lead_id,
            external_project_id: row.external_project_id,
            name: row.name,
            company_name: row.company_name,
            services: row.services,
            status: row.status,
            payment_status: row.payment_status,
            amount_paid: money(row.amount_paid_minor, row.amount_paid_currency)?,
            completion_percentage: row.completion_percentage,
            next_steps: row.next_steps,
            next_milestone: row.next_milestone,
            estimated_completion: row.estimated_completion,
            notion_url: row.notion_url,
            slack_channel: row.slack_channel,
            slack_thread: row.slack_thread,
            last_status_at: row.last_status_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Money from its two columns.
pub(crate) fn money(
    minor: Option<i64>,
    currency: Option<String>,
) -> Result<Option<Money>, Problem> {
    let (Some(minor), Some(currency)) = (minor, currency) else { return Ok(None) };
    Ok(Some(Money::from_minor(minor, currency.parse().map_err(Problem::internal)?)))
}

/// An amount in the tenant's home currency; a problem names the field it came in.
pub(crate) fn in_currency(
    amount: Option<Amount>,
    currency: Currency,
    pointer: &str,
) -> Result<Option<Money>, Problem> {
    amount
        .map(|amount| Money::of(amount, currency))
        .transpose()
        .map_err(|error| Problem::field(pointer, error.to_string()))
}

/// The bound tenant's home currency.
pub(crate) async fn home_currency(tx: &mut TenantTx) -> Result<Currency, Problem> {
    let tenant = tx.tenant().uuid();
    sqlx::query_scalar!("select home_currency from identity.tenant where tenant_id = $1", tenant)
        .fetch_one(tx.conn())
        .await?
        .parse()
        .map_err(Problem::internal)
}

/// A project, its row locked until the transaction ends.
pub(crate) async fn lock(tx: &mut TenantTx, project: ProjectId) -> Result<ProjectView, Problem> {
    sqlx::query_as!(
        ProjectRow,
        r#"
        select project_id, client_id, lead_id, external_lead_id, external_project_id, name,
               company_name, services, status, payment_status, amount_paid_minor,
               amount_paid_currency, completion_percentage, next_steps, next_milestone,
               estimated_completion, notion_url, slack_channel, slack_thread, last_status_at,
               created_at, updated_at
        from delivery.project where project_id = $1
        for update
        "#,
        project.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("project"))?
    .try_into()
}

pub(crate) async fn load(tx: &mut TenantTx, project: ProjectId) -> Result<ProjectDetail, Problem> {
    let row = sqlx::query_as!(
        ProjectRow,
        r#"
        select project_id, client_id, lead_id, external_lead_id, external_project_id, name,
               company_name, services, status, payment_status, amount_paid_minor,
               amount_paid_currency, completion_percentage, next_steps, next_milestone,
               estimated_completion, notion_url, slack_channel, slack_thread, last_status_at,
               created_at, updated_at
        from delivery.project where project_id = $1
        "#,
        project.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("project"))?;
    let milestones = milestone::of_project(tx, project).await?;
    Ok(ProjectDetail { project: row.try_into()?, milestones })
}

/// The longest list of services, milestones or deliverables.
pub(crate) const LIST_MAX: usize = 50;

fn names(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.as_str().to_owned()).collect()
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        create::operation(),
        list::operation(),
        get::operation(),
        link::operation(),
        status::operation(),
        complete::operation(),
    ]
}
