//! Webhooks that we send: who wants which events, the messages written with them, and sending those.
//!
//! Invariant: a message, its id and its bytes are written in the transaction of its event, and never
//! change. It is sent at least once, and in the order of the events of one subject.

mod claim;
mod event_types;
mod follow;
mod message;
mod messages;
mod schedule;
mod secrets;
mod sender;
mod settle;
mod subscriptions;
mod transmit;
mod watch;

use domain::Operation;
use futures::future::BoxFuture;
use kernel::Event;
use serde_json::Value;
use store::{StoreError, TenantTx};

pub use follow::MessageFollower;
pub use secrets::{rewrap, try_keys};
pub use sender::{Sender, SenderOptions};
pub use watch::AssistantWatcher;

/// The bodies of the format `mwd`, which tell more than an event does.
pub trait Payloads: Send + Sync {
    /// The body for an event, read in its transaction; none for an event that is not the partner's.
    fn render<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        event: &'a Event,
    ) -> BoxFuture<'a, Result<Option<Value>, StoreError>>;
}

/// For a program that has no partner of the format `mwd`: no event is for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPayloads;

impl Payloads for NoPayloads {
    fn render<'a>(
        &'a self,
        _: &'a mut TenantTx,
        _: &'a Event,
    ) -> BoxFuture<'a, Result<Option<Value>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
}

pub(crate) fn operations() -> Vec<Operation> {
    subscriptions::operations().into_iter().chain(messages::operations()).collect()
}

/// A closed set of words, the same in SQL, Rust and JSON.
macro_rules! words {
    ($(#[$about:meta])* $name:ident as $shown:literal { $($(#[$doc:meta])* $word:ident $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(rename = $shown)]
        pub(crate) enum $name { $($(#[$doc])* $word),+ }

        impl $name {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }

            pub(crate) fn of(text: &str) -> Result<Self, store::StoreError> {
                match text {
                    $($text => Ok(Self::$word),)+
                    _ => Err(store::StoreError::Corrupt(format!("`{text}` is no {}", stringify!($name)))),
                }
            }
        }
    };
}

words! {
    /// What the body and the headers look like.
    Format as "WebhookFormat" {
        /// Standard Webhooks: `type`, `timestamp` and `data`, signed in `webhook-signature`.
        Standard "standard",
        /// The invoice system's contract: its bodies, also signed in `X-MWD-Signature`.
        Mwd "mwd",
    }
}

words! {
    /// Whether messages are written for a subscription, and sent.
    SubscriptionStatus as "WebhookSubscriptionStatus" {
        Active "active",
        /// Messages are written and wait.
        Paused "paused",
        /// No messages are written.
        Disabled "disabled",
    }
}

words! {
    /// What became of a message.
    MessageStatus as "WebhookMessageStatus" {
        Pending "pending",
        Delivered "delivered",
        /// Given up after the last attempt.
        Failed "failed",
        /// The subscription was disabled while it waited.
        Cancelled "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_the_database_and_in_json() {
        for status in [SubscriptionStatus::Active, SubscriptionStatus::Paused] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(SubscriptionStatus::of(status.as_str()).unwrap(), status);
        }
        assert!(MessageStatus::of("gone").is_err());
        assert_eq!(Format::of("mwd").unwrap(), Format::Mwd);
    }
}
