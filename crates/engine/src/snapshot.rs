//! A run's snapshot as it is stored: the state in its row, values that are too large beside it.

use std::collections::HashMap;

use flow::{State, Status};
use kernel::RunId;
use serde_json::Value;
use store::{StoreError, TenantTx};
use uuid::Uuid;

/// Values larger than this are stored beside the row, once, because the row is rewritten at each step.
const INLINE_BYTES_MAX: usize = 4 * 1024;

/// A run's row, read and locked.
#[derive(Debug)]
pub(crate) struct StoredRun {
    pub(crate) digest: String,
    pub(crate) revision: i64,
    /// Whether its row says that it faulted, as it does for one that was set aside whatever its state says.
    pub(crate) has_faulted: bool,
    /// [`StoreError::Corrupt`] when this release cannot read it.
    pub(crate) state: Result<State, StoreError>,
}

impl StoredRun {
    /// Whether it was set aside in the middle of what it was doing.
    pub(crate) fn is_aside(&self) -> bool {
        let is_going_on = |state: &State| state.status() != Status::Faulted;
        self.has_faulted && self.state.as_ref().is_ok_and(is_going_on)
    }
}

/// A state in its stored form.
#[derive(Debug)]
pub(crate) struct Dehydrated {
    pub(crate) state: Vec<u8>,
    pub(crate) values: Vec<(i64, Vec<u8>)>,
}

/// Takes a state apart.
pub(crate) fn dehydrate(state: &State) -> Result<Dehydrated, StoreError> {
    let (small, large) = state.dehydrate(INLINE_BYTES_MAX);
    let values = large
        .into_iter()
        .map(|(id, value)| Ok((i64::try_from(id).unwrap_or(i64::MAX), encode(&*value)?)))
        .collect::<Result<_, StoreError>>()?;
    Ok(Dehydrated { state: encode(&small)?, values })
}

/// Reads and locks runs of the bound tenant, in the order of their ids.
pub(crate) async fn load(
    tx: &mut TenantTx,
    runs: &[RunId],
) -> Result<HashMap<RunId, StoredRun>, StoreError> {
    if runs.is_empty() {
        return Ok(HashMap::new());
    }
    let mut ids: Vec<Uuid> = runs.iter().map(|run| run.uuid()).collect();
    ids.sort_unstable();
    let rows = sqlx::query!(
        r#"
        select r.run_id, r.digest, r.revision, r.status, r.state
        from unnest($1::uuid[]) as wanted (run_id)
        cross join lateral (
            -- The list is said again so that other months are left out before any is looked into.
            select * from engine.run where tenant_id = $2 and run_id = wanted.run_id and run_id = any($1) for update
        ) r
        "#,
        &ids,
        tx.tenant().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let states: Vec<Result<Value, StoreError>> = rows.iter().map(|row| read(&row.state)).collect();
    let keeps_outside = |state: &Result<Value, StoreError>| {
        let outside = state.as_ref().ok().and_then(|state| state.get("outside")?.as_array());
        outside.is_some_and(|outside| !outside.is_empty())
    };
    let found: Vec<Uuid> = std::iter::zip(&rows, &states)
        .filter_map(|(row, state)| keeps_outside(state).then_some(row.run_id))
        .collect();
    let mut payloads: HashMap<(Uuid, i64), Vec<u8>> = HashMap::new();
    if !found.is_empty() {
        let bodies = sqlx::query!(
            "select run_id, value_id, body from engine.payload where tenant_id = $2 and run_id = any($1)",
            &found,
            tx.tenant().uuid(),
        )
        .fetch_all(tx.conn())
        .await?;
        for row in bodies {
            payloads.insert((row.run_id, row.value_id), row.body);
        }
    }
    Ok(std::iter::zip(rows, states)
        .map(|(row, state)| {
            let value = |value| {
                let key = (row.run_id, i64::try_from(value).ok()?);
                serde_json::from_slice(payloads.get(&key)?).ok()
            };
            let state = state.and_then(|state| rehydrate(state, value));
            let (digest, revision) = (row.digest, row.revision);
            let has_faulted = row.status == "faulted";
            (RunId::from(row.run_id), StoredRun { digest, revision, has_faulted, state })
        })
        .collect())
}

fn read(bytes: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StoreError::Corrupt(format!("a run's state is not JSON: {error}")))
}

fn rehydrate(small: Value, value: impl FnMut(u64) -> Option<Value>) -> Result<State, StoreError> {
    State::hydrate(small, value)
        .map_err(|error| StoreError::Corrupt(format!("a run's state cannot be read: {error}")))
}

pub(crate) fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value)
        .map_err(|error| StoreError::Corrupt(format!("a value cannot be written as JSON: {error}")))
}
