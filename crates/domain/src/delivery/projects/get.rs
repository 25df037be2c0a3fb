//! `GET /v1/projects/{project_id}`

use kernel::ProjectId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::ProjectDetail;
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetProject {
    project_id: ProjectId,
}

pub(super) fn operation() -> Operation {
    operation!(get_project(GetProject) -> ProjectDetail, Permission::ReadProjects)
        .get("/v1/projects/{project_id}")
        .tag("projects")
        .says("Get a project", "The project with its milestones.")
        .about("project_id")
        .example(json!({ "project_id": "proj_01h455vb4pex5vsknk084sn02q" }))
}

async fn get_project(
    tx: &mut TenantTx,
    _: &Caller,
    input: GetProject,
) -> Result<ProjectDetail, Problem> {
    super::load(tx, input.project_id).await
}
