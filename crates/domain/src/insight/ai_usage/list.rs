//! `GET /v1/ai-usage`

use std::collections::HashMap;

use chrono::TimeDelta;
use kernel::{ClientId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantTx;
use uuid::Uuid;

use crate::{Caller, Operation, Permission, Problem, figures::first_id, operation};

/// How far back usage is shown where nothing else is asked for.
const SHOWN: TimeDelta = TimeDelta::days(30);
/// How long a stretch of time may be asked for.
const WINDOW_MAX: TimeDelta = TimeDelta::days(93);
/// How many groups one answer has.
const GROUPS_MAX: i64 = 500;
/// Millionths of a dollar.
const MICROS_PER_DOLLAR: i64 = 1_000_000;

/// What usage is added up by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AiUsageBy")]
enum GroupBy {
    /// Of UTC, such as `2026-11-21`.
    #[default]
    Day,
    Model,
    Flow,
    /// The client that the run is about, as far as one of its operations told.
    Client,
    /// With its version, such as `assessment@1`.
    Prompt,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListAiUsage {
    /// `day` when left out.
    #[serde(default)]
    group_by: Option<GroupBy>,
    /// From this moment on; thirty days before `until` when left out.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Before this moment, at most 93 days after `since`; now when left out.
    #[serde(default)]
    until: Option<Timestamp>,
}

/// What AI answers used up within a stretch of time.
#[derive(Debug, Serialize, JsonSchema)]
struct AiUsage {
    group_by: GroupBy,
    since: Timestamp,
    until: Timestamp,
    /// Days in their order; everything else by cost, the highest first.
    items: Vec<AiUsageGroup>,
    totals: Used,
    /// Whether there are more than 500 groups, of which only the first are shown. The totals are of all.
    is_partial: bool,
}

/// One day, model, flow, client or prompt.
#[derive(Debug, Serialize, JsonSchema)]
struct AiUsageGroup {
    /// The day, or the name or id; absent for what belongs to none, such as a run about no client.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The company's name, of a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(flatten)]
    used: Used,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "AiUsed")]
struct Used {
    /// Answers that were asked for, failed attempts included.
    calls: i64,
    input_tokens: i64,
    output_tokens: i64,
    /// In US dollars, as a decimal number: `0.048400`. What a model costs whose price is not known is not in it.
    cost_usd: String,
}

struct Row {
    key: Option<String>,
    calls: i64,
    input_tokens: i64,
    output_tokens: i64,
    cost_micros: i64,
    all_calls: i64,
    all_input_tokens: i64,
    all_output_tokens: i64,
    all_cost_micros: i64,
}

impl Used {
    fn new(calls: i64, input_tokens: i64, output_tokens: i64, cost_micros: i64) -> Self {
        let (dollars, rest) = (cost_micros / MICROS_PER_DOLLAR, cost_micros % MICROS_PER_DOLLAR);
        Self { calls, input_tokens, output_tokens, cost_usd: format!("{dollars}.{rest:06}") }
    }
}

pub(super) fn operation() -> Operation {
    operation!(list_ai_usage(ListAiUsage) -> AiUsage, Permission::ReadRuns)
        .get("/v1/ai-usage")
        .tag("AI usage")
        .says(
            "List the usage of AI",
            "How many answers of models flows asked for, the tokens they used and what they cost, by day, model, flow, \
             client or prompt.",
        )
        .example(json!({ "group_by": "model", "since": "2026-11-01T00:00:00Z" }))
}

async fn list_ai_usage(
    tx: &mut TenantTx,
    _: &Caller,
    input: ListAiUsage,
) -> Result<AiUsage, Problem> {
    let group_by = input.group_by.unwrap_or_default();
    let until = input.until.unwrap_or_else(|| tx.now());
    let since = input.since.unwrap_or(until - SHOWN);
    if until < since {
        return Err(Problem::field("/since", "must not be after `until`"));
    }
    if WINDOW_MAX < until - since {
        let detail = format!("must be at most {} days before `until`", WINDOW_MAX.num_days());
        return Err(Problem::field("/since", detail));
    }
    let mut rows = rows(tx, group_by, since, until).await?;
    let totals = rows.first().map_or_else(
        || Used::new(0, 0, 0, 0),
        |row| {
            Used::new(
                row.all_calls,
                row.all_input_tokens,
                row.all_output_tokens,
                row.all_cost_micros,
            )
        },
    );
    let shown = usize::try_from(GROUPS_MAX).unwrap_or(usize::MAX);
    let is_partial = shown < rows.len();
    rows.truncate(shown);
    let titles = match group_by {
        GroupBy::Client => companies(tx, &rows).await?,
        _ => HashMap::new(),
    };
    let items = rows.into_iter().map(|row| AiUsageGroup {
        title: row.key.as_ref().and_then(|key| titles.get(key).cloned()),
        used: Used::new(row.calls, row.input_tokens, row.output_tokens, row.cost_micros),
        key: row.key,
    });
    Ok(AiUsage { group_by, since, until, items: items.collect(), totals, is_partial })
}

/// Usage added up by an expression, over the calls and what is joined to them. Runs begin before their calls.
macro_rules! added_up {
    ($tx:ident, $since:ident, $until:ident, $key:literal, $joined:literal, $order:literal) => {
        sqlx::query_as!(
            Row,
            "select " + $key + r#" as key, count(*) as "calls!", sum(u.input_tokens)::bigint as "input_tokens!",
                   sum(u.output_tokens)::bigint as "output_tokens!", sum(u.cost_micros)::bigint as "cost_micros!",
                   (sum(count(*)) over ())::bigint as "all_calls!",
                   (sum(sum(u.input_tokens)) over ())::bigint as "all_input_tokens!",
                   (sum(sum(u.output_tokens)) over ())::bigint as "all_output_tokens!",
                   (sum(sum(u.cost_micros)) over ())::bigint as "all_cost_micros!"
            from engine.call c
            cross join lateral jsonb_to_recordset(c.usage)
                as u (model text, prompt text, input_tokens bigint, output_tokens bigint, cost_micros bigint) "#
                + $joined
                + " where c.usage is not null and $1 <= c.created_at and c.created_at < $2 and c.run_id < $3
            group by 1 order by " + $order + " limit $4",
            $since,
            $until,
            first_id($until),
            GROUPS_MAX + 1,
        )
        .fetch_all($tx.conn())
        .await?
    };
}

async fn rows(
    tx: &mut TenantTx,
    group_by: GroupBy,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Row>, Problem> {
    Ok(match group_by {
        GroupBy::Day => {
            added_up!(
                tx,
                since,
                until,
                "to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD')",
                "",
                "1"
            )
        }
        GroupBy::Model => added_up!(tx, since, until, "u.model", "", "5 desc, 2 desc, 1"),
        GroupBy::Prompt => added_up!(tx, since, until, "u.prompt", "", "5 desc, 2 desc, 1"),
        GroupBy::Flow => added_up!(
            tx,
            since,
            until,
            "r.flow",
            "left join engine.run r on r.run_id = c.run_id",
            "5 desc, 2 desc, 1"
        ),
        // The first operation of the run that told of a client.
        GroupBy::Client => added_up!(
            tx,
            since,
            until,
            "about.client_id",
            r#"left join lateral (
                select substring(convert_from(o.output, 'utf8') from '"client_id":"(client_[0-9a-z]{26})"') as client_id
                from engine.call o
                where o.run_id = c.run_id and o.effect = 'operation' and o.status = 'succeeded'
                  and convert_from(o.output, 'utf8') ~ '"client_id":"client_[0-9a-z]{26}"'
                order by o.number limit 1
            ) about on true"#,
            "5 desc, 2 desc, 1"
        ),
    })
}

/// The names of the clients, by id.
async fn companies(tx: &mut TenantTx, rows: &[Row]) -> Result<HashMap<String, String>, Problem> {
    let ids: Vec<Uuid> = rows
        .iter()
        .filter_map(|row| row.key.as_deref()?.parse::<ClientId>().ok())
        .map(ClientId::uuid)
        .collect();
    let found = sqlx::query!(
        "select client_id, company_name from crm.client where client_id = any($1)",
        &ids
    )
    .fetch_all(tx.conn())
    .await?;
    let named =
        found.into_iter().map(|row| (ClientId::from(row.client_id).to_string(), row.company_name));
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_a_decimal_number_of_dollars() {
        let cost = |micros| Used::new(0, 0, 0, micros).cost_usd;
        assert_eq!(
            [cost(0), cost(48_400), cost(12_000_001)],
            ["0.000000", "0.048400", "12.000001"]
        );
    }
}
