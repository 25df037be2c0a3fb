//! What a call of AsyncAPI says of its channel, and of the messages that it would consume.

use super::{At, Checker};
use crate::model::Template;

impl Checker<'_> {
    /// A channel (AsyncAPI 2) or an operation (AsyncAPI 3), to which one message goes or from which messages come.
    pub(super) fn asyncapi(&mut self, with: &At<'_>) {
        self.exactly_one(with, &["channel", "operation"]);
        self.exactly_one(with, &["message", "subscription"]);
    }

    /// Kept as it is written: its expressions and tasks are for each message, and not for the call.
    pub(super) fn subscription(&mut self, at: &At<'_>) -> Template {
        if let Some(filter) = at.get("filter") {
            self.condition(&filter);
        }
        if let Some(consume) = at.get("consume") {
            self.exactly_one(&consume, &["amount", "while", "until"]);
            for condition in ["while", "until"].into_iter().filter_map(|key| consume.get(key)) {
                self.condition(&condition);
            }
            if let Some(period) = consume.get("for") {
                self.duration(&period);
            }
        }
        if let Some(each) = at.get("foreach") {
            self.each(&each);
        }
        Template::Literal(at.node.to_json().into())
    }
}
