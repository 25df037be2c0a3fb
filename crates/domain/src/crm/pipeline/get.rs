//! `GET /v1/pipeline`

use std::collections::HashMap;

use kernel::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;

use super::{
    cards::{self, Card, Wanted},
    value,
};
use crate::{Caller, Limit, Operation, Permission, Place, Problem, crm::clients::Stage, operation};

/// How many cards of a stage are shown when nothing else is asked for.
const CARDS: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetPipeline {
    /// Only this stage; all of them when left out.
    #[serde(default)]
    stage: Option<Stage>,
    /// Part of the company's or contact's name or of the e-mail address, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    /// How many cards of each stage; 50 when left out.
    #[serde(default)]
    limit: Option<Limit>,
    /// A stage's `next_cursor`, together with that `stage`.
    #[serde(default)]
    cursor: Option<Place>,
}

/// The stages, from the first message to delivered work, and at last the clients that were lost.
#[derive(Debug, Serialize, JsonSchema)]
struct Pipeline {
    stages: Vec<PipelineStage>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PipelineStage {
    stage: Stage,
    /// How many clients are in it.
    count: i64,
    /// What they are worth together, one for each currency; absent for who may not read invoices and projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Vec<Money>>,
    /// The clients that moved last.
    cards: Vec<Card>,
    /// Absent where no card follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Place>,
}

pub(super) fn operation() -> Operation {
    operation!(get_pipeline(GetPipeline) -> Pipeline, Permission::ReadClients)
        .get("/v1/pipeline")
        .tag("clients")
        .says(
            "Get the pipeline",
            "Every stage with the number of its clients, their value in each currency, and the clients that moved \
             last. With `text` it counts and shows only the clients that hold it. For more cards of a stage, name \
             the `stage` and give its `next_cursor` as `cursor`.",
        )
        .example(json!({ "text": "techflow", "limit": 20 }))
}

async fn get_pipeline(
    tx: &mut TenantTx,
    caller: &Caller,
    input: GetPipeline,
) -> Result<Pipeline, Problem> {
    let stages = input.stage.map_or_else(|| Stage::ALL.to_vec(), |stage| vec![stage]);
    let limit = input.limit.map_or(CARDS, Limit::items);
    let text = input.text.as_deref();
    let after = match &input.cursor {
        None => None,
        Some(_) if input.stage.is_none() => {
            return Err(Problem::field("/stage", "say which stage the cursor is of"));
        }
        Some(place) => Some(place.time_and_id().ok_or_else(Place::foreign)?),
    };
    let counts = counts(tx, text).await?;
    let mut values =
        if value::may_be_seen(caller) { Some(value::of_stages(tx, text).await?) } else { None };
    let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let cards = cards::read(tx, caller, Wanted { stages: &stages, text, after, rows }).await?;
    let mut by_stage: HashMap<Stage, Vec<Card>> = HashMap::new();
    for card in cards {
        by_stage.entry(card.client.stage).or_default().push(card);
    }
    let stages = stages.into_iter().map(|stage| {
        let mut cards = by_stage.remove(&stage).unwrap_or_default();
        let more = limit < cards.len();
        cards.truncate(limit);
        let last = cards.last().filter(|_| more).map(|card| &card.client);
        PipelineStage {
            stage,
            count: counts.get(&stage).copied().unwrap_or_default(),
            value: values.as_mut().map(|it| it.remove(&stage).unwrap_or_default()),
            next_cursor: last.map(|it| Place::at(it.stage_since, it.client_id.uuid().to_string())),
            cards,
        }
    });
    Ok(Pipeline { stages: stages.collect() })
}

/// How many clients each stage has.
async fn counts(tx: &mut TenantTx, text: Option<&str>) -> Result<HashMap<Stage, i64>, Problem> {
    let rows = sqlx::query!(
        r#"
        select stage, count(*) as "count!" from crm.client
        where $1::text is null or 0 < strpos(search_text, lower($1))
        group by stage
        "#,
        text,
    )
    .fetch_all(tx.conn())
    .await?;
    let read = |stage: String| stage.parse().map_err(Problem::internal);
    rows.into_iter().map(|row| Ok((read(row.stage)?, row.count))).collect()
}
