//! The flows of this program, the release's and the operator's, compiled once, and older versions compiled when a run needs them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use connector_kit::Effect;
use flow::{Catalog, Diagnostic, FunctionSpec, Program};
use kernel::{Event, Timestamp};
use serde_json::Value;
use store::{StoreError, TenantTx};

use crate::{Functions, Operations};

/// How many compiled definitions of older versions are kept.
const OLDER_MAX: usize = 256;

/// A flow that does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{file} has {} problems, the first is {}", .problems.len(), .problems.first().map(ToString::to_string).unwrap_or_default())]
pub struct LoadError {
    pub file: String,
    pub problems: Vec<Diagnostic>,
}

/// What flows may call: operations by their name, functions as `connector.function`.
#[derive(Debug, Default)]
pub(crate) struct CallCatalog {
    inputs: BTreeMap<String, Value>,
    effects: HashMap<String, Effect>,
}

impl CallCatalog {
    fn new(operations: &dyn Operations, functions: &dyn Functions) -> Self {
        let mut catalog = Self::default();
        for (name, input) in operations.catalog() {
            catalog.inputs.insert(name, input);
        }
        for (name, effect, input) in functions.catalog() {
            catalog.effects.insert(name.clone(), effect);
            catalog.inputs.insert(name, input);
        }
        catalog
    }

    /// The effect of a connector's function; none for an operation. What a call of a protocol does, only
    /// its definition's author knows.
    pub(crate) fn effect(&self, name: &str) -> Option<Effect> {
        let of_protocol = || flow::is_protocol(name).then_some(Effect::AtMostOnce);
        self.effects.get(name).copied().or_else(of_protocol)
    }
}

impl Catalog for CallCatalog {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        self.inputs.get(name).map(|input| FunctionSpec { input: Some(input) })
    }

    fn names(&self) -> Vec<String> {
        self.inputs.keys().cloned().collect()
    }
}

/// Every definition the engine can run.
#[derive(Debug)]
pub struct Flows {
    catalog: CallCatalog,
    shipped: BTreeMap<String, (Arc<Program>, String)>,
    older: Mutex<HashMap<String, Arc<Program>>>,
}

impl Flows {
    /// Compiles flows: pairs of file name and YAML, the release's and the operator's own. One of the operator's
    /// takes the place of the release's of the same name.
    pub fn load(
        release: &[(String, String)],
        own: &[(String, String)],
        operations: &dyn Operations,
        functions: &dyn Functions,
    ) -> Result<Self, LoadError> {
        let catalog = CallCatalog::new(operations, functions);
        let mut shipped = BTreeMap::new();
        for sources in [release, own] {
            let mut names: BTreeMap<String, &String> = BTreeMap::new();
            for (file, source) in sources {
                let failed = |problems| LoadError { file: file.clone(), problems };
                let program = Program::compile(source, &catalog).map_err(failed)?;
                for warning in program.warnings() {
                    tracing::warn!(file, "{warning}");
                }
                let name = program.name().to_owned();
                if let Some(other) = names.insert(name.clone(), file) {
                    let message = format!("{other} has a flow `{name}` too; give one another name");
                    return Err(failed(vec![Diagnostic::of_document("/document/name", message)]));
                }
                shipped.insert(name, (Arc::new(program), source.clone()));
            }
        }
        Ok(Self { catalog, shipped, older: Mutex::default() })
    }

    /// Everything that flows may call.
    pub fn catalog(&self) -> &dyn Catalog {
        &self.catalog
    }

    /// Every problem of a definition against this catalog; empty when it is sound.
    pub fn check(&self, source: &str) -> Result<Program, Vec<Diagnostic>> {
        Program::compile(source, &self.catalog)
    }

    /// A shipped flow with its source.
    pub fn shipped(&self, name: &str) -> Option<(&Arc<Program>, &str)> {
        self.shipped.get(name).map(|(program, source)| (program, source.as_str()))
    }

    /// All shipped flows, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.shipped.values().map(|(program, _)| program)
    }

    /// The flows that an event starts.
    pub(crate) fn triggered_by<'a>(
        &'a self,
        event: &'a Event,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a str> {
        self.all()
            .filter(move |program| {
                let may_start =
                    program.starting_events().iter().any(|(kind, _)| *kind == event.kind);
                may_start && program.starts_on(&event.envelope(), now)
            })
            .map(|program| program.name())
    }

    pub(crate) fn effect(&self, function: &str) -> Option<Effect> {
        self.catalog.effect(function)
    }

    /// The definition a run was started from, compiled at most once.
    pub(crate) async fn by_digest(
        &self,
        tx: &mut TenantTx,
        digest: &str,
    ) -> Result<Arc<Program>, StoreError> {
        if let Some(program) = self.all().find(|program| program.digest() == digest) {
            return Ok(Arc::clone(program));
        }
        if let Some(program) = self.older().get(digest) {
            return Ok(Arc::clone(program));
        }
        let source =
            sqlx::query_scalar!("select source from engine.definition where digest = $1", digest)
                .fetch_optional(tx.conn())
                .await?
                .ok_or_else(|| {
                    StoreError::Corrupt(format!("no definition with digest {digest}"))
                })?;
        let program = Program::compile(&source, &self.catalog).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            StoreError::Corrupt(format!("definition {digest} does not compile any more: {first}"))
        })?;
        let program = Arc::new(program);
        let mut older = self.older();
        if OLDER_MAX <= older.len() {
            older.clear();
        }
        older.insert(digest.to_owned(), Arc::clone(&program));
        Ok(program)
    }

    fn older(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Program>>> {
        self.older.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
