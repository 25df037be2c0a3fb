//! Writing messages: what is sent is decided here, once.

use kernel::{Event, Timestamp, WebhookMessageId, kinds};
use serde_json::{Map, Value, json};
use store::{StoreError, TenantTx};
use uuid::Uuid;

/// The largest body that is sent.
pub(super) const BODY_BYTES_MAX: usize = 256 * 1024;

/// A message to be written.
#[derive(Debug)]
pub(super) struct NewMessage {
    pub(super) subscription: Uuid,
    pub(super) event: Option<Uuid>,
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The body of the format `standard`: what happened to what, in ids. An event that is too large is told
/// without its facts, which the receiver can read over the API.
pub(super) fn standard_body(event: &Event) -> Vec<u8> {
    let mut data = match &event.data {
        Value::Object(facts) => facts.clone(),
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other.clone())]),
    };
    name(&mut data, event);
    let body = body_of(&event.kind, event.time, data);
    if body.len() <= BODY_BYTES_MAX {
        return body;
    }
    let mut thin = Map::from_iter([("truncated".to_owned(), json!(true))]);
    name(&mut thin, event);
    body_of(&event.kind, event.time, thin)
}

fn name(data: &mut Map<String, Value>, event: &Event) {
    data.entry("event_id").or_insert_with(|| json!(event.id));
    if let Some(subject) = &event.subject {
        data.entry("subject").or_insert_with(|| json!(subject));
    }
}

pub(super) fn body_of(kind: &str, at: Timestamp, data: Map<String, Value>) -> Vec<u8> {
    json!({ "type": kind, "timestamp": at, "data": data }).to_string().into_bytes()
}

/// Writes messages of the bound tenant, and queues them. What is too large is written as failed.
pub(super) async fn write(tx: &mut TenantTx, messages: &[NewMessage]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> =
        messages.iter().map(|_| tx.new_id::<kinds::WebhookMessage>().uuid()).collect();
    write_as(tx, &ids, messages).await
}

pub(super) async fn write_one(
    tx: &mut TenantTx,
    message: NewMessage,
) -> Result<WebhookMessageId, StoreError> {
    let id: WebhookMessageId = tx.new_id();
    write_as(tx, &[id.uuid()], &[message]).await?;
    Ok(id)
}

async fn write_as(
    tx: &mut TenantTx,
    ids: &[Uuid],
    messages: &[NewMessage],
) -> Result<(), StoreError> {
    let subscriptions: Vec<Uuid> = messages.iter().map(|it| it.subscription).collect();
    let events: Vec<Option<Uuid>> = messages.iter().map(|it| it.event).collect();
    let kinds: Vec<String> = messages.iter().map(|it| it.kind.clone()).collect();
    let subjects: Vec<Option<String>> = messages.iter().map(|it| it.subject.clone()).collect();
    let fits = |it: &NewMessage| it.body.len() <= BODY_BYTES_MAX;
    let errors: Vec<Option<String>> = messages
        .iter()
        .map(|it| (!fits(it)).then(|| format!("the body is over {BODY_BYTES_MAX} bytes")))
        .collect();
    let bodies: Vec<Vec<u8>> =
        messages.iter().map(|it| if fits(it) { it.body.clone() } else { Vec::new() }).collect();
    let now = tx.now();
    sqlx::query!(
        r#"
        with written as (
            insert into webhook.message
                (message_id, subscription_id, event_id, type, subject, body, error, status, next_attempt_at,
                 ended_at, created_at)
            select message_id, subscription_id, event_id, type, subject, body, error,
                   case when error is null then 'pending' else 'failed' end,
                   case when error is null then $8::timestamptz end,
                   case when error is not null then $8::timestamptz end, $8::timestamptz
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::text[])
                 as m (message_id, subscription_id, event_id, type, subject, body, error)
            returning message_id, subscription_id, subject, status
        )
        insert into webhook.outbox (message_id, subscription_id, lane, run_at)
        select message_id, subscription_id, hashtextextended(subject, 0), $8::timestamptz
        from written where status = 'pending'
        "#,
        ids,
        &subscriptions,
        &events as &[Option<Uuid>],
        &kinds,
        &subjects as &[Option<String>],
        &bodies,
        &errors as &[Option<String>],
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.wakes_webhooks();
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::EventId;

    use super::*;

    fn event(data: Value) -> Event {
        Event {
            id: EventId::from(Uuid::from_u128(7)),
            source: "crm".to_owned(),
            kind: "lead.created".to_owned(),
            subject: Some("lead_1".to_owned()),
            time: "2026-11-21T09:30:00Z".parse().unwrap(),
            data,
            attributes: Map::new(),
            traceparent: None,
        }
    }

    fn body(data: Value) -> Value {
        serde_json::from_slice(&standard_body(&event(data))).unwrap()
    }

    #[test]
    fn a_standard_body_has_type_timestamp_and_the_facts() {
        assert_eq!(
            body(json!({ "lead_id": "lead_1" })),
            json!({
                "type": "lead.created",
                "timestamp": "2026-11-21T09:30:00Z",
                "data": {
                    "lead_id": "lead_1", "subject": "lead_1",
                    "event_id": EventId::from(Uuid::from_u128(7)),
                },
            })
        );
    }

    #[test]
    fn an_event_that_is_too_large_is_told_without_its_facts() {
        let large = body(json!({ "text": "x".repeat(BODY_BYTES_MAX) }));
        assert_eq!(large["data"]["truncated"], true);
        assert_eq!(large["data"]["subject"], "lead_1");
        assert!(large["data"].get("text").is_none());
    }
}
