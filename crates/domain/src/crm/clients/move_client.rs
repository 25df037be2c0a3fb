//! `PUT /v1/clients/{client_id}/stage`

use kernel::{ClientId, LeadId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::TenantTx;

use super::{ClientRow, ClientView, Stage};
use crate::{Caller, Operation, Permission, Problem, operation};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MoveClient {
    client_id: ClientId,
    stage: Stage,
}

pub(super) fn operation() -> Operation {
    operation!(move_client(MoveClient) -> ClientView, Permission::WriteClients)
        .put("/v1/clients/{client_id}/stage")
        .tag("clients")
        .says(
            "Move a client in the pipeline",
            "A client moves one step at a time: intake, assessed, proposal, contract, paid, \
             delivered; back by a step while nothing is signed; to lost until it has paid; and from \
             delivered or lost to intake again. Moving to the stage it is in changes nothing. When a \
             client pays its open leads are won, when it is lost they are lost.",
        )
        .about("client_id")
        .example(json!({ "client_id": "client_01h455vb4pex5vsknk084sn02q", "stage": "proposal" }))
}

async fn move_client(
    tx: &mut TenantTx,
    _: &Caller,
    input: MoveClient,
) -> Result<ClientView, Problem> {
    let id = input.client_id;
    let from: Stage = sqlx::query_scalar!(
        "select stage from crm.client where client_id = $1 for update",
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Problem::not_found("client"))?
    .parse()
    .map_err(Problem::internal)?;
    if from != input.stage {
        if !from.next().contains(&input.stage) {
            return Err(unreachable_stage(from, input.stage));
        }
        change_stage(tx, id, from, input.stage).await?;
    }
    sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client where client_id = $1
        "#,
        id.uuid(),
    )
    .fetch_one(tx.conn())
    .await?
    .try_into()
}

fn unreachable_stage(from: Stage, to: Stage) -> Problem {
    let next: Vec<String> = from.next().iter().map(|stage| format!("`{stage}`")).collect();
    Problem::new(
        "client-stage-unreachable",
        format!("a client goes from `{from}` to {}, not to `{to}`", next.join(" or ")),
    )
}

/// Moves a client whose row the caller has locked, with what follows for its leads.
pub(in crate::crm) async fn change_stage(
    tx: &mut TenantTx,
    client: ClientId,
    from: Stage,
    to: Stage,
) -> Result<(), Problem> {
    let now = tx.now();
    sqlx::query!(
        "update crm.client set stage = $2, stage_since = $3, updated_at = $3 where client_id = $1",
        client.uuid(),
        to.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let outcome = match to {
        Stage::Paid => Some("won"),
        Stage::Lost => Some("lost"),
        Stage::Intake | Stage::Assessed | Stage::Proposal | Stage::Contract | Stage::Delivered => {
            None
        }
    };
    let mut closed: Vec<LeadId> = Vec::new();
    if let Some(outcome) = outcome {
        let ids = sqlx::query_scalar!(
            r#"
            update crm.lead set status = $2, updated_at = $3
            where client_id = $1 and status = 'open'
            returning lead_id
            "#,
            client.uuid(),
            outcome,
            now,
        )
        .fetch_all(tx.conn())
        .await?;
        closed.extend(ids.into_iter().map(LeadId::from));
    }
    let facts = json!({ "client_id": client, "from": from, "to": to, "closed_leads": closed });
    tx.append("crm", "client.stage.changed", Some(client.to_string()), facts).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_move_says_where_the_client_can_go() {
        let problem = unreachable_stage(Stage::Contract, Stage::Delivered);
        assert_eq!(problem.code(), "client-stage-unreachable");
        assert_eq!(
            problem.detail(),
            "a client goes from `contract` to `paid` or `proposal` or `lost`, not to `delivered`"
        );
    }
}
