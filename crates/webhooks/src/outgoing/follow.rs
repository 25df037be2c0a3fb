//! What follows from an event here: a message for every subscription that wants it.

use std::sync::Arc;

use futures::future::BoxFuture;
use kernel::Event;
use store::{Follower, StoreError, TenantTx};

use super::{
    Format, Payloads, event_types,
    message::{self, NewMessage},
};

/// Writes messages in the transaction that appends an event.
pub struct MessageFollower {
    payloads: Arc<dyn Payloads>,
}

impl MessageFollower {
    pub fn new(payloads: Arc<dyn Payloads>) -> Self {
        Self { payloads }
    }

    async fn body(
        &self,
        tx: &mut TenantTx,
        format: Format,
        event: &Event,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match format {
            Format::Standard => Ok(Some(message::standard_body(event))),
            Format::Mwd => {
                let body = self.payloads.render(tx, event).await?;
                Ok(body.map(|body| body.to_string().into_bytes()))
            }
        }
    }
}

impl std::fmt::Debug for MessageFollower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageFollower").finish_non_exhaustive()
    }
}

impl Follower for MessageFollower {
    fn follow<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        events: &'a [Event],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut names: Vec<String> =
                events.iter().flat_map(|event| event_types::named_by(&event.kind)).collect();
            names.sort_unstable();
            names.dedup();
            // One look, because it stands on the path of every acknowledged webhook.
            let subscriptions = sqlx::query!(
                r#"
                select subscription_id, format, event_types from webhook.subscription
                where status <> 'disabled' and event_types && $1
                "#,
                &names,
            )
            .fetch_all(tx.conn())
            .await?;
            if subscriptions.is_empty() {
                return Ok(());
            }
            let mut messages = Vec::new();
            for event in events {
                for subscription in &subscriptions {
                    if !event_types::covers(&subscription.event_types, &event.kind) {
                        continue;
                    }
                    let format = Format::of(&subscription.format)?;
                    let Some(body) = self.body(tx, format, event).await? else { continue };
                    messages.push(NewMessage {
                        subscription: subscription.subscription_id,
                        event: Some(event.id.uuid()),
                        kind: event.kind.clone(),
                        subject: event.subject.clone(),
                        body,
                    });
                }
            }
            if messages.is_empty() { Ok(()) } else { message::write(tx, &messages).await }
        })
    }
}
