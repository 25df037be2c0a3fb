//! What runs are about: the clients, leads, projects and invoices that their events and operations name, so that the
//! runs of one of them are found.

use std::collections::BTreeSet;

use kernel::{Event, Id, Kind, RunId, kinds};
use serde_json::Value;
use store::{StoreError, TenantTx};
use uuid::Uuid;

use crate::{advance::Progress, follow::START_REQUESTED};

/// The things that the fields of an object name. What is deeper inside, such as in a list, is not what it is about.
pub(crate) fn named_in(value: &Value) -> impl Iterator<Item = Uuid> {
    let fields = value.as_object().into_iter().flatten();
    fields.filter_map(|(_, field)| thing(field.as_str()?))
}

/// The things that an event names, or the input of a run that it asks for, and the run in whose place it asks for one.
pub(crate) fn told_by(event: &Event) -> BTreeSet<Uuid> {
    let subject = event.subject.as_deref().and_then(thing);
    let named = subject.into_iter().chain(named_in(&event.data));
    if event.kind != START_REQUESTED {
        return named.collect();
    }
    let input = event.data.get("input").unwrap_or(&Value::Null);
    let again = event.data.get("restarted_from").and_then(Value::as_str);
    let again = again.and_then(|run| run.parse::<RunId>().ok()).map(RunId::uuid);
    named.chain(named_in(input)).chain(again).collect()
}

fn thing(text: &str) -> Option<Uuid> {
    fn id<K: Kind>(text: &str) -> Option<Uuid> {
        text.parse::<Id<K>>().ok().map(Id::uuid)
    }
    match text.split_once('_')?.0 {
        "client" => id::<kinds::Client>(text),
        "lead" => id::<kinds::Lead>(text),
        "proj" => id::<kinds::Project>(text),
        "inv" => id::<kinds::Invoice>(text),
        _ => None,
    }
}

/// Writes what runs of the bound tenant turned out to be about.
pub(crate) async fn write(tx: &mut TenantTx, runs: &[Progress]) -> Result<(), StoreError> {
    let pairs = runs.iter().flat_map(|one| one.about.iter().map(|it| (*it, one.run.uuid())));
    let (things, ids): (Vec<Uuid>, Vec<Uuid>) = pairs.unzip();
    if things.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        insert into engine.run_about (thing_id, run_id)
        select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing
        "#,
        &things,
        &ids,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_is_about_what_fields_name_and_not_about_what_lists_hold() {
        let lead = "lead_01h455vb4pex5vsknk084sn02q";
        let found: Vec<Uuid> = named_in(&json!({
            "lead_id": lead, "invoice_id": null, "items": [{ "lead_id": lead }], "text": "lead_1",
            "alert_id": "alert_01h455vb4pex5vsknk084sn02q",
        }))
        .collect();
        assert_eq!(found, [lead.parse::<kernel::LeadId>().unwrap().uuid()]);
        assert_eq!(named_in(&json!([{ "lead_id": lead }])).count(), 0);
    }
}
