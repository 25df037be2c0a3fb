//! `GET /v1/clients`

use std::str::FromStr;

use kernel::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use super::{ClientRow, ClientView, Stage};
use crate::{Caller, Limit, Operation, Permission, Place, PlacedPage, Problem, operation};

/// One stage or several, with commas between.
#[derive(Debug, PartialEq, Eq)]
struct Stages(Vec<Stage>);

impl FromStr for Stages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |word: &str| word.parse().map_err(|_unknown| format!("`{word}` is no stage"));
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for Stages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Stages {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Stages".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Stage::ALL.map(Stage::as_str);
        let (any, listed) = (names.join("|"), names.map(|name| format!("`{name}`")).join(", "));
        json_schema!({
            "type": "string",
            "pattern": format!("^({any})(,({any}))*$"),
            "description": format!("One of {listed}, or several with commas between: `paid,delivered`."),
        })
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// The newest first.
    #[default]
    Created,
    /// Those first that changed last.
    Updated,
    /// By the company's name, from A to Z.
    Name,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListClients {
    #[serde(default)]
    stage: Option<Stages>,
    /// Part of the company's or contact's name or of the e-mail address, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    text: Option<String>,
    /// `created` (the newest first; the default), `updated` (what changed last first) or `name` (from A to Z). A cursor
    /// goes on in the order it came from.
    #[serde(default)]
    sort: Option<Sort>,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    cursor: Option<Place>,
}

pub(super) fn operation() -> Operation {
    operation!(list_clients(ListClients) -> PlacedPage<ClientView>, Permission::ReadClients)
        .get("/v1/clients")
        .tag("clients")
        .says("List clients", "The newest first, or in another order.")
        .example(json!({ "stage": "assessed,proposal", "sort": "updated", "limit": 20 }))
}

/// What is asked of each order alike.
struct Filter {
    stages: Option<Vec<String>>,
    text: Option<String>,
    rows: i64,
}

async fn list_clients(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListClients,
) -> Result<PlacedPage<ClientView>, Problem> {
    let (limit, sort) = (input.limit.unwrap_or_default(), input.sort.unwrap_or_default());
    let stages = input.stage.map(|stages| stages.0.iter().map(ToString::to_string).collect());
    let filter = Filter { stages, text: input.text, rows: limit.rows() };
    let cursor = input.cursor.as_ref();
    let in_time = || cursor.map(|place| place.time_and_id().ok_or_else(Place::foreign)).transpose();
    let rows = match sort {
        Sort::Created => by_creation(tx, &filter, in_time()?.map(|(_, id)| id)).await?,
        Sort::Updated => by_change(tx, &filter, in_time()?).await?,
        Sort::Name => {
            let id =
                |place: &Place| place.tie.parse::<Uuid>().map_err(|_not_an_id| Place::foreign());
            let after = match cursor {
                Some(place) => Some((place.value.as_str(), id(place)?)),
                None => None,
            };
            by_name(tx, &filter, after).await?
        }
    };
    let clients = rows.into_iter().map(ClientView::try_from).collect::<Result<_, _>>()?;
    Ok(PlacedPage::new(clients, limit, |client: &ClientView| {
        let id = client.client_id.uuid().to_string();
        match sort {
            Sort::Created => Place::at(client.created_at, id),
            Sort::Updated => Place::at(client.updated_at, id),
            Sort::Name => Place::new(client.company_name.as_str(), id),
        }
    }))
}

async fn by_creation(
    tx: &mut TenantTx,
    filter: &Filter,
    before: Option<Uuid>,
) -> Result<Vec<ClientRow>, Problem> {
    let rows = sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client
        where ($1::text[] is null or stage = any($1))
          and ($2::text is null or 0 < strpos(search_text, lower($2)))
          and ($3::uuid is null or client_id < $3)
        order by client_id desc
        limit $4
        "#,
        filter.stages.as_deref(),
        filter.text,
        before,
        filter.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

async fn by_change(
    tx: &mut TenantTx,
    filter: &Filter,
    before: Option<(Timestamp, Uuid)>,
) -> Result<Vec<ClientRow>, Problem> {
    let (at, id) = before.unzip();
    let rows = sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client
        where ($1::text[] is null or stage = any($1))
          and ($2::text is null or 0 < strpos(search_text, lower($2)))
          and ($3::timestamptz is null or (updated_at, client_id) < ($3, $4))
        order by updated_at desc, client_id desc
        limit $5
        "#,
        filter.stages.as_deref(),
        filter.text,
        at,
        id,
        filter.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

async fn by_name(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<(&str, Uuid)>,
) -> Result<Vec<ClientRow>, Problem> {
    let (name, id) = after.unzip();
    let rows = sqlx::query_as!(
        ClientRow,
        r#"
        select client_id, company_name, contact_name, email, phone, industry, stage, stage_since, created_at, updated_at
        from crm.client
        where ($1::text[] is null or stage = any($1))
          and ($2::text is null or 0 < strpos(search_text, lower($2)))
          and ($3::text is null or (left(lower($3), 200), $4) < (name_key, client_id))
        order by name_key, client_id
        limit $5
        "#,
        filter.stages.as_deref(),
        filter.text,
        name,
        id,
        filter.rows,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_named_with_commas_between() {
        assert_eq!("paid".parse(), Ok(Stages(vec![Stage::Paid])));
        assert_eq!("paid,lost".parse(), Ok(Stages(vec![Stage::Paid, Stage::Lost])));
        for wrong in ["", "won", "paid,", "paid, lost"] {
            assert!(wrong.parse::<Stages>().is_err(), "{wrong}");
        }
    }
}
