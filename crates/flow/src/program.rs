//! A definition, compiled once and run many times.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    catalog::Catalog,
    check,
    diagnostic::Diagnostic,
    expression,
    model::{Definition, Read, Trigger},
};

/// A compiled definition. Share it in an `Arc`: compiling costs a millisecond per expression,
/// running it is a thousand times cheaper.
#[derive(Debug)]
pub struct Program {
    pub(crate) definition: Definition,
    digest: String,
}

impl Program {
    /// Compiles a definition written in YAML or JSON.
    ///
    /// # Errors
    /// Every problem that was found, in the order of the text.
    pub fn compile(source: &str, catalog: &dyn Catalog) -> Result<Self, Vec<Diagnostic>> {
        // Reading an expression recurses as deep as the expression nests.
        let checked = expression::on_a_large_stack(|| check::check(source, catalog));
        let definition = checked.unwrap_or_else(|message| {
            let (path, hint) = (String::new(), None);
            Err(vec![Diagnostic { line: 1, column: 1, path, message, hint }])
        })?;
        Ok(Self { definition, digest: hex::encode(Sha256::digest(source.as_bytes())) })
    }

    pub fn namespace(&self) -> &str {
        &self.definition.namespace
    }

    pub fn name(&self) -> &str {
        &self.definition.name
    }

    pub fn version(&self) -> &str {
        &self.definition.version
    }

    pub fn title(&self) -> Option<&str> {
        self.definition.title.as_deref()
    }

    pub fn summary(&self) -> Option<&str> {
        self.definition.summary.as_deref()
    }

    /// The SHA-256 of the source, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The definition as JSON.
    pub fn document(&self) -> &Value {
        &self.definition.document
    }

    /// The events that start it.
    pub fn trigger(&self) -> Option<&Trigger> {
        self.definition.trigger.as_ref()
    }

    /// What of the event that starts it becomes its input.
    pub fn trigger_read(&self) -> Read {
        self.definition.trigger_read
    }

    /// The types of the events that its tasks listen for, each once.
    pub fn listens(&self) -> &[String] {
        &self.definition.listens
    }
}
