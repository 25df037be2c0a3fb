//! Data on its way: expressions, templates, schemas.

use std::sync::Arc;

use chrono::SecondsFormat;
use jaq_json::Val;
use kernel::Timestamp;
use serde_json::{Value, json};

use super::{Machine, room::too_large};
use crate::{
    error::{FlowError, Standard},
    expression::{Expression, VALUE_BYTES_MAX, from_json, size, units},
    model::{Kind, Schema, Shape, Template},
    state::{FrameId, Phase, Stage, TryPhase, ValueId},
};

/// How many faults of a value are told when it does not fit its schema.
const SCHEMA_FAULTS_MAX: usize = 5;

/// What an expression sees besides its frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sight<'s> {
    pub(super) output: Option<ValueId>,
    /// What the task gave before it was transformed.
    pub(super) raw_output: Option<ValueId>,
    /// Whether `$task` also has the members of the task's definition, as extensions expect.
    pub(super) names_parts: bool,
    /// A caught error that is not in a frame yet, and its name.
    pub(super) error: Option<(&'s str, ValueId)>,
}

impl Machine<'_> {
    /// A value of the arena as expressions read it.
    pub(super) fn readable(&mut self, id: ValueId) -> Val {
        if let Some(known) = self.converted.get(&id) {
            return known.clone();
        }
        let value = self.value(id);
        self.strain(units(size(&value)));
        let converted = from_json(&value);
        self.converted.insert(id, converted.clone());
        converted
    }

    pub(super) fn evaluate(
        &mut self,
        expression: &Expression,
        frame: FrameId,
        dot: Val,
        sight: Sight<'_>,
    ) -> Result<Value, FlowError> {
        self.has_strength()?;
        let now = self.now;
        let (outcome, used) = expression.run(dot, |name| self.variable(name, frame, sight), now);
        self.strain(used);
        outcome.map_err(|reason| Standard::Expression.error(format!("the expression {reason}")))
    }

    /// Whether a condition holds: as in jq, all but `null` and `false` does.
    pub(super) fn holds(
        &mut self,
        condition: &Expression,
        frame: FrameId,
        dot: Val,
        sight: Sight<'_>,
    ) -> Result<bool, FlowError> {
        let value = self.evaluate(condition, frame, dot, sight)?;
        Ok(!matches!(value, Value::Null | Value::Bool(false)))
    }

    pub(super) fn fill(
        &mut self,
        template: &Template,
        frame: FrameId,
        dot: &Val,
        sight: Sight<'_>,
    ) -> Result<Arc<Value>, FlowError> {
        match template {
            Template::Literal(value) => Ok(Arc::clone(value)),
            other => {
                let mut left = VALUE_BYTES_MAX;
                self.fill_value(other, frame, dot, sight, &mut left).map(Arc::new)
            }
        }
    }

    /// Ends when no bytes are left: each expression of a large template may give a large value.
    fn fill_value(
        &mut self,
        template: &Template,
        frame: FrameId,
        dot: &Val,
        sight: Sight<'_>,
        left: &mut usize,
    ) -> Result<Value, FlowError> {
        let value = match template {
            Template::Literal(value) => (**value).clone(),
            Template::Expression(expression) => {
                self.evaluate(expression, frame, dot.clone(), sight)?
            }
            Template::Loose(expression, text) => {
                let found = self.evaluate(expression, frame, dot.clone(), sight);
                found.unwrap_or_else(|_no_expression| (**text).clone())
            }
            Template::List(items) => {
                let mut fill = |item| self.fill_value(item, frame, dot, sight, left);
                return items.iter().map(&mut fill).collect();
            }
            Template::Map(members) => {
                let mut object = serde_json::Map::with_capacity(members.len());
                for (key, member) in members {
                    object.insert(key.clone(), self.fill_value(member, frame, dot, sight, left)?);
                }
                return Ok(Value::Object(object));
            }
        };
        *left = left.checked_sub(size(&value)).ok_or_else(too_large)?;
        Ok(value)
    }

    /// Fills a template from the frame's transformed input.
    pub(super) fn fill_from_input(
        &mut self,
        template: &Template,
        frame: FrameId,
    ) -> Result<Arc<Value>, FlowError> {
        let input = self.frame(frame).map_or(0, |frame| frame.input);
        let dot = self.readable(input);
        self.fill(template, frame, &dot, Sight::default())
    }

    /// On its way in: first the schema, then the transformation.
    pub(super) fn shape_input(
        &mut self,
        shape: &Shape,
        frame: FrameId,
        raw: ValueId,
    ) -> Result<ValueId, FlowError> {
        if let Some(schema) = &shape.schema {
            self.validate(schema, raw, "input")?;
        }
        self.transform(shape, frame, raw, Sight::default())
    }

    /// On its way out: first the transformation, then the schema. Takes what goes out, and what the task
    /// gave in the first place.
    pub(super) fn shape_output(
        &mut self,
        shape: &Shape,
        frame: FrameId,
        (output, raw): (ValueId, ValueId),
        what: &str,
    ) -> Result<ValueId, FlowError> {
        let sight = Sight { output: Some(output), raw_output: Some(raw), ..Sight::default() };
        let shaped = self.transform(shape, frame, output, sight)?;
        if let Some(schema) = &shape.schema {
            self.validate(schema, shaped, what)?;
        }
        Ok(shaped)
    }

    fn transform(
        &mut self,
        shape: &Shape,
        frame: FrameId,
        raw: ValueId,
        sight: Sight<'_>,
    ) -> Result<ValueId, FlowError> {
        let Some(template) = &shape.transform else { return Ok(raw) };
        let dot = self.readable(raw);
        let value = self.fill(template, frame, &dot, sight)?;
        // What passes unchanged is stored once.
        if value == self.value(raw) {
            return Ok(raw);
        }
        self.keep(value)
    }

    pub(super) fn validate(
        &self,
        schema: &Schema,
        value: ValueId,
        what: &str,
    ) -> Result<(), FlowError> {
        let value = self.value(value);
        let faults: Vec<String> = schema
            .0
            .iter_errors(&value)
            .take(SCHEMA_FAULTS_MAX)
            .map(|error| {
                let place = error.instance_path().as_str();
                // The message with the value masked: an error is seen by more people than data is.
                format!("{}: {}", if place.is_empty() { "/" } else { place }, error.masked())
            })
            .collect();
        if faults.is_empty() {
            return Ok(());
        }
        let detail = format!("the {what} does not fit its schema: {}", faults.join("; "));
        Err(Standard::Validation.error(detail))
    }

    fn variable(&mut self, name: &str, id: FrameId, sight: Sight<'_>) -> Val {
        match name {
            "context" => self.state.context.map_or(Val::Null, |id| self.readable(id)),
            "input" => match self.frame(id).map(|frame| frame.input) {
                Some(input) => self.readable(input),
                None => Val::Null,
            },
            "output" => sight.output.map_or(Val::Null, |id| self.readable(id)),
            "task" => from_json(&self.describe_task(id, sight)),
            "workflow" => from_json(&self.describe_workflow()),
            "runtime" => from_json(
                &json!({ "name": "handoff", "version": env!("CARGO_PKG_VERSION"), "metadata": {} }),
            ),
            name => self.local(name, id, sight),
        }
    }

    /// A variable of the innermost loop or catch that has one of this name.
    fn local(&mut self, name: &str, id: FrameId, sight: Sight<'_>) -> Val {
        if let Some((known, value)) = sight.error
            && (known == name || name == "error")
        {
            return self.readable(value);
        }
        let mut next = Some(id);
        while let Some(around) = next {
            let value = self.loop_variable(around, name);
            if let Some(value) = value.or_else(|| self.item_variable(around, name)) {
                return from_json(&value);
            }
            if let Some(value) = self.caught(name, around) {
                return self.readable(value);
            }
            next = self.parent(around);
        }
        Val::Null
    }

    /// The error that this frame's catch has given this name.
    fn caught(&self, name: &str, id: FrameId) -> Option<ValueId> {
        let Phase::Try(TryPhase { stage: Stage::Catch { error }, .. }) = &self.frame(id)?.phase
        else {
            return None;
        };
        match &self.task_of(id)?.kind {
            Kind::Try(settings) if settings.variable == name => Some(*error),
            _ => None,
        }
    }

    fn describe_task(&self, id: FrameId, sight: Sight<'_>) -> Value {
        // What an extension does is about the task that it extends.
        let extended = self.extended_around(id);
        let names_parts = sight.names_parts || extended.is_some();
        let sight = if extended.is_some() { Sight::default() } else { sight };
        let id = extended.unwrap_or(id);
        let (Some(frame), Some(task)) = (self.frame(id), self.task_of(id)) else {
            return Value::Null;
        };
        let definition = self.definition.document.pointer(&task.pointer);
        let mut described = match definition {
            Some(Value::Object(parts)) if names_parts => parts.clone(),
            _ => serde_json::Map::new(),
        };
        let own = json!({
            "name": task.name,
            "reference": task.pointer,
            "definition": definition,
            "input": self.value(frame.raw),
            "output": sight.raw_output.map(|output| self.value(output)),
            "startedAt": moment(frame.started_at),
        });
        if let Value::Object(own) = own {
            described.extend(own);
        }
        Value::Object(described)
    }

    fn describe_workflow(&self) -> Value {
        let root = self.frame(crate::state::ROOT);
        json!({
            "id": self.state.run.id,
            "definition": self.definition.document,
            "input": root.map(|root| self.value(root.raw)),
            "startedAt": moment(self.state.run.started_at),
        })
    }
}

fn moment(at: Timestamp) -> Value {
    json!({
        "iso8601": at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "epoch": { "seconds": at.timestamp(), "milliseconds": at.timestamp_millis() },
    })
}
