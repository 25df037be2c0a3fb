//! The list of operations, with their validators compiled once.

use std::collections::HashMap;

use anyhow::ensure;

use super::{Effects, Handler, InputSchema, Operation};
use crate::{FieldError, Problem};

/// An operation ready to be invoked.
#[derive(Debug)]
pub struct Entry {
    pub operation: Operation,
    schema: InputSchema,
}

impl Entry {
    /// Everything that is wrong with an input.
    pub fn errors(&self, input: &serde_json::Value) -> Vec<FieldError> {
        self.schema.errors(input)
    }
}

/// Every operation this program offers.
#[derive(Debug)]
pub struct Registry {
    entries: Vec<Entry>,
    by_name: HashMap<&'static str, usize>,
}

impl Registry {
    /// # Errors
    /// When two operations share a name or a route, or an operation is not well formed.
    pub fn new(operations: Vec<Operation>) -> anyhow::Result<Self> {
        let (mut entries, mut by_name) = (Vec::new(), HashMap::new());
        let mut routes = std::collections::HashSet::new();
        for operation in operations {
            let name = operation.name;
            ensure!(
                routes.insert((operation.method.as_str(), operation.path)),
                "the route of the operation `{name}` is taken"
            );
            ensure!(
                operation.input["additionalProperties"] == false,
                "the input of the operation `{name}` must deny unknown fields"
            );
            ensure!(
                operation.file.is_none() || operation.effects == Effects::Read,
                "the operation `{name}` answers a file, so it must only read"
            );
            for parameter in operation.path_parameters() {
                ensure!(
                    !operation.input["properties"][parameter].is_null(),
                    "the input of the operation `{name}` lacks its path parameter `{parameter}`"
                );
            }
            let schema = InputSchema::compile(&operation.input)?;
            let faults = schema.errors(&operation.example);
            ensure!(
                faults.is_empty(),
                "the example of the operation `{name}` is invalid: {faults:?}"
            );
            ensure!(
                by_name.insert(name, entries.len()).is_none(),
                "two operations are called `{name}`"
            );
            entries.push(Entry { operation, schema });
        }
        Ok(Self { entries, by_name })
    }

    /// All operations, in reading order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Those that can be a part of a flow's commit.
    pub fn in_transaction(&self) -> impl Iterator<Item = &Operation> {
        self.entries
            .iter()
            .map(|entry| &entry.operation)
            .filter(|operation| matches!(operation.handler, Handler::InTransaction(_)))
    }

    pub fn find(&self, name: &str) -> Result<&Entry, Problem> {
        self.by_name.get(name).and_then(|index| self.entries.get(*index)).ok_or_else(|| {
            Problem::new(
                "operation-unknown",
                format!("there is no operation `{name}`; see /openapi.json for those that exist"),
            )
        })
    }
}
