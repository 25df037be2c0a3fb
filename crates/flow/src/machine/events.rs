//! Emitting events, and keeping those that come.

use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{Machine, room::RUN_BYTES_MAX};
use crate::{
    command::{Command, EmittedEvent},
    error::{FlowError, Standard},
    expression::{VALUE_BYTES_MAX, VALUE_DEPTH_MAX, depth, size},
    model::Emit,
    routing,
    state::{FrameId, Phase, Status},
};

/// How many events wait for a task to listen for them. The oldest go first.
pub(crate) const INBOX_MAX: usize = 256;
/// How much they may take together: strangers' events must not fill a run.
const INBOX_BYTES_MAX: usize = RUN_BYTES_MAX / 4;

impl Machine<'_> {
    pub(super) fn begin_emit(&mut self, id: FrameId, emit: &Emit) -> Result<(), FlowError> {
        let mut attributes = Map::new();
        for (name, template) in &emit.attributes {
            let value = self.fill_from_input(template, id)?;
            attributes.insert(name.clone(), (*value).clone());
        }
        let event = self.emitted(attributes)?;
        let envelope = self.keep(Arc::new(self.envelope(&event)))?;
        let told = self.value(envelope);
        self.tell(&told)?;
        self.commands.push(Command::Emit { event });
        self.complete_later(id, envelope, None);
        Ok(())
    }

    fn emitted(&mut self, mut attributes: Map<String, Value>) -> Result<EmittedEvent, FlowError> {
        let data = attributes.shift_remove("data").unwrap_or(Value::Null);
        let mut text = |name: &str| match attributes.shift_remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Standard::Expression.error(format!("an event's `{name}` must be text"))),
        };
        let kind = text("type")?
            .filter(|kind| !kind.is_empty())
            .ok_or_else(|| Standard::Expression.error("an event needs a `type`"))?;
        let (source, subject) = (text("source")?, text("subject")?);
        let (own_id, time) = (text("id")?, text("time")?);
        let time = match time {
            None => self.now,
            Some(time) => chrono::DateTime::parse_from_rfc3339(&time)
                .map_err(|_error| {
                    Standard::Expression
                        .error(format!("an event's `time` is `{time}`, which is no RFC 3339 time"))
                })?
                .to_utc(),
        };
        attributes.retain(|_name, value| !value.is_null());
        if let Some((name, _)) =
            attributes.iter().find(|(_, value)| value.is_array() || value.is_object())
        {
            let reason = format!("an event's `{name}` must be text, a number or a boolean");
            return Err(Standard::Expression.error(reason));
        }
        let id = if let Some(id) = own_id {
            id
        } else {
            let number = self.number();
            format!("{}-{number}", self.state.run.id)
        };
        Ok(EmittedEvent { id, kind, source, subject, time, data, attributes })
    }

    /// The event as its own task's output shows it.
    fn envelope(&self, event: &EmittedEvent) -> Value {
        let definition = self.definition;
        let source = event.source.clone().unwrap_or_else(|| {
            format!("/{}/{}/{}", definition.namespace, definition.name, definition.version)
        });
        let mut envelope = json!({
            "specversion": "1.0",
            "id": event.id,
            "source": source,
            "type": event.kind,
            "time": event.time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "datacontenttype": "application/json",
        });
        if let Some(object) = envelope.as_object_mut() {
            if let Some(subject) = &event.subject {
                object.insert("subject".to_owned(), json!(subject));
            }
            object.extend(event.attributes.clone());
            object.insert("data".to_owned(), event.data.clone());
        }
        envelope
    }

    pub(super) fn event_received(&mut self, event: Value) {
        let is_awaited_ever =
            routing::concerns(&self.definition.routes, self.state.input(), &event);
        let is_over = matches!(self.state.status, Status::Completed | Status::Cancelled);
        let is_fit = depth(&event) < VALUE_DEPTH_MAX && size(&event) <= VALUE_BYTES_MAX;
        if !is_awaited_ever || is_over || !is_fit {
            return;
        }
        let listening: Vec<FrameId> = self
            .state
            .frames
            .iter()
            .filter(|(_, frame)| matches!(frame.phase, Phase::Listen { .. }))
            .map(|(id, _)| *id)
            .collect();
        let mut is_consumed = false;
        for id in listening.into_iter().rev() {
            is_consumed |= self.offer(id, &event);
        }
        if !is_consumed {
            self.store_event(event);
        }
    }

    fn store_event(&mut self, event: Value) {
        let is_same = |known: &Value| {
            known.get("id").is_some()
                && known.get("id") == event.get("id")
                && known.get("source") == event.get("source")
        };
        if self.state.inbox.iter().any(|known| is_same(&self.value(*known))) {
            return;
        }
        let sizes = self.state.inbox.iter().map(|known| size(&self.value(*known)));
        let mut bytes = size(&event) + sizes.sum::<usize>();
        while INBOX_MAX <= self.state.inbox.len()
            || (INBOX_BYTES_MAX < bytes && !self.state.inbox.is_empty())
        {
            let oldest = self.state.inbox.remove(0);
            bytes -= size(&self.value(oldest));
        }
        if let Ok(id) = self.keep(Arc::new(event)) {
            self.state.inbox.push(id);
        }
    }
}
