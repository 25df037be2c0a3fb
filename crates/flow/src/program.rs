//! A definition, compiled once and run many times.

use kernel::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    catalog::Catalog,
    check,
    diagnostic::{Diagnostic, nearest},
    error::{FlowError, Standard},
    expression,
    lifecycle::Level,
    machine::{
        self,
        gather::{Fitting, HalfMet},
    },
    model::{Consumption, Definition, Kind},
    protocol::{RUN_CONTAINER, RUN_SCRIPT, RUN_SHELL},
    schedule::Schedule,
};

/// A compiled definition. Share it in an `Arc`: compiling costs a millisecond per expression,
/// running it is a thousand times cheaper.
#[derive(Debug)]
pub struct Program {
    pub(crate) definition: Definition,
    warnings: Vec<Diagnostic>,
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
        let definition =
            checked.unwrap_or_else(|message| Err(vec![Diagnostic::of_document("", message)]))?;
        let (definition, warnings) = definition;
        Ok(Self { definition, warnings, digest: hex::encode(Sha256::digest(source.as_bytes())) })
    }

    /// Whether its runs have lifecycle events told.
    pub fn tells_lifecycle(&self) -> bool {
        self.definition.lifecycle != Level::None
    }

    /// What is odd about the definition, though it can be run.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
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

    /// When it starts by itself.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.definition.schedule.as_ref()
    }

    /// The types of the events that may start it, and for each the only source, if there is one.
    pub fn starting_events(&self) -> Vec<(&str, Option<&str>)> {
        let filters = self.definition.on.as_ref().map_or(&[][..], Consumption::filters);
        filters.iter().map(|filter| (filter.kind(), filter.source())).collect()
    }

    /// Whether an event, as a CloudEvents envelope, starts a run, or is one of those that do.
    pub fn starts_on(&self, event: &Value, now: Timestamp) -> bool {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let may_start = self.starting_events().iter().any(|(wanted, _)| *wanted == kind);
        may_start && machine::starts(self, event, now)
    }

    /// Whether it starts when one event for each of its filters has come, rather than with each event.
    pub fn gathers(&self) -> bool {
        matches!(self.definition.on, Some(Consumption::All(_)))
    }

    /// Where an event belongs among what has come so far of events that start it together: `sets`, the oldest first.
    /// None when it fits no filter, or repeats what a set has already.
    pub fn gather(&self, sets: &[HalfMet], event: &Value, now: Timestamp) -> Option<Fitting> {
        machine::gather::gather(self, sets, event, now)
    }

    /// The input of a run that an event starts: a list, since several could be needed.
    pub fn input_of(&self, event: &Value) -> Value {
        self.input_of_all(std::iter::once(event))
    }

    /// The input of a run that several events start together, in the order in which they came.
    pub fn input_of_all<'e>(&self, events: impl IntoIterator<Item = &'e Value>) -> Value {
        events.into_iter().map(|event| self.definition.read.of(event)).collect()
    }

    /// Whether a task of it may have a process run on the machine.
    pub fn may_run_processes(&self) -> bool {
        self.definition.tasks.iter().any(|task| match &task.kind {
            Kind::Call { function, .. } if function == "mcp" => {
                let over_http = format!("{}/with/transport/http", task.pointer);
                // What an expression gives is not known here.
                self.definition.document.pointer(&over_http).is_none()
            }
            Kind::Call { function, .. } => {
                [RUN_SCRIPT, RUN_SHELL, RUN_CONTAINER].contains(&function.as_str())
            }
            _ => false,
        })
    }

    /// The types of the events that its tasks listen for, each once.
    pub fn listens(&self) -> &[String] {
        &self.definition.listens
    }
}

impl AsRef<Self> for Program {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What `run.workflow` is given: which flow to run, and on what.
#[derive(Debug, Clone, Deserialize)]
pub struct RunWorkflow {
    pub namespace: String,
    pub name: String,
    /// The latest if it is not said.
    pub version: Option<String>,
    #[serde(default)]
    pub input: Value,
    /// Whether the run's end is waited for.
    #[serde(rename = "await")]
    pub awaits: bool,
}

impl RunWorkflow {
    /// Reads it, and finds the flow among those that are known.
    ///
    /// # Errors
    /// `validation` when it is not as it should be, `configuration` when there is no such flow.
    pub fn read<'p, P: AsRef<Program> + 'p>(
        input: &Value,
        known: impl Iterator<Item = &'p P>,
    ) -> Result<(Self, &'p P), FlowError> {
        let wanted = Self::deserialize(input)
            .map_err(|error| Standard::Validation.error(error.to_string()))?;
        let known: Vec<&P> = known.collect();
        let name = wanted.name.as_str();
        let none = |detail: String| Err(Standard::Configuration.error(detail));
        let Some(found) = known.iter().find(|program| program.as_ref().name() == name) else {
            let hint = nearest(name, known.iter().map(|program| program.as_ref().name()))
                .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            return none(format!("there is no flow `{name}`{hint}"));
        };
        let program: &Program = found.as_ref();
        if program.namespace() != wanted.namespace {
            return none(format!(
                "the flow `{name}` is of the namespace `{}`, not `{}`",
                program.namespace(),
                wanted.namespace
            ));
        }
        match &wanted.version {
            Some(version) if version != "latest" && version != program.version() => none(format!(
                "the flow `{name}` has version {}, not {version}; `latest` takes what there is",
                program.version()
            )),
            _ => {
                let found = *found;
                Ok((wanted, found))
            }
        }
    }
}
