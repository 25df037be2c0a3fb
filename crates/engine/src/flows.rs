//! The flows of this program, the release's and the operator's, compiled once; versions that a tenant chose, and
//! those of runs that began before, compiled when they are needed.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use connector_kit::Effect;
use flow::{Catalog, Diagnostic, FunctionSpec, Program};
use kernel::{Event, TenantId, Timestamp};
use store::{StoreError, TenantTx};

use crate::{FunctionInfo, Functions, Operations, human_tasks};

/// How many compiled definitions beside the shipped ones are kept.
const COMPILED_MAX: usize = 256;
/// How long a node goes on with what it read of a tenant's choices.
const FRESH: Duration = Duration::from_secs(1);
/// For how many tenants that is kept.
const TENANTS_MAX: usize = 4_096;

/// A flow that does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{file} has {} problems, the first is {}", .problems.len(), .problems.first().map(ToString::to_string).unwrap_or_default())]
pub struct LoadError {
    pub file: String,
    pub problems: Vec<Diagnostic>,
}

/// Every flow that does not compile.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct LoadErrors(pub Vec<LoadError>);

/// What flows may call: operations by their name, functions as `connector.function`.
#[derive(Debug, Default)]
pub(crate) struct CallCatalog(BTreeMap<String, FunctionInfo>);

impl CallCatalog {
    fn new(operations: &dyn Operations, functions: &dyn Functions) -> Self {
        let all = operations.catalog().into_iter();
        let all = all.chain(human_tasks::catalog()).chain(functions.catalog());
        Self(all.map(|function| (function.name.clone(), function)).collect())
    }

    /// The effect of a connector's function; none for an operation. What a call of a protocol does, only
    /// its definition's author knows.
    pub(crate) fn effect(&self, name: &str) -> Option<Effect> {
        let of_protocol = || flow::is_protocol(name).then_some(Effect::AtMostOnce);
        self.0.get(name).and_then(|function| function.effect).or_else(of_protocol)
    }
}

impl Catalog for CallCatalog {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        self.0.get(name).map(|function| FunctionSpec { input: Some(&function.input) })
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// Every definition the engine can run.
#[derive(Debug)]
pub struct Flows {
    catalog: CallCatalog,
    shipped: Arc<FlowsInUse>,
    compiled: Mutex<HashMap<String, Arc<Program>>>,
    of_tenants: Mutex<HashMap<TenantId, (Instant, Arc<FlowsInUse>)>>,
}

/// A flow with its text.
#[derive(Debug, Clone)]
pub struct Flow {
    pub program: Arc<Program>,
    pub source: Arc<str>,
}

/// The flows that start runs: those of this program, or a tenant's choice of versions.
#[derive(Debug, Clone, Default)]
pub struct FlowsInUse {
    by_name: BTreeMap<String, Flow>,
    /// The digests of those whose text the tenant has already.
    stored: HashSet<String>,
    /// The names of those that the tenant does not want to be started.
    switched_off: HashSet<String>,
}

impl FlowsInUse {
    pub fn get(&self, name: &str) -> Option<&Flow> {
        self.by_name.get(name)
    }

    /// The names of those that were switched off.
    pub fn switched_off(&self) -> impl Iterator<Item = &str> {
        self.switched_off.iter().map(String::as_str)
    }

    pub(crate) fn is_switched_off(&self, name: &str) -> bool {
        self.switched_off.contains(name)
    }

    pub(crate) fn has_stored(&self, digest: &str) -> bool {
        self.stored.contains(digest)
    }

    pub(crate) fn by_digest(&self, digest: &str) -> Option<&Flow> {
        self.by_name.values().find(|flow| flow.program.digest() == digest)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.by_name.values().map(|flow| &flow.program)
    }

    /// The flows that an event starts by itself.
    pub(crate) fn triggered_by<'a>(
        &'a self,
        event: &'a Event,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a str> {
        self.all()
            .filter(|program| !program.gathers())
            .filter(move |program| {
                let may_start =
                    program.starting_events().iter().any(|(kind, _)| *kind == event.kind);
                may_start && program.starts_on(&event.envelope(), now)
            })
            .map(|program| program.name())
    }
}

impl Flows {
    /// Compiles flows: pairs of file name and YAML, the release's and the operator's own. One of the operator's
    /// takes the place of the release's of the same name.
    ///
    /// # Errors
    /// Each file with all its problems.
    pub fn load(
        release: &[(String, String)],
        own: &[(String, String)],
        operations: &dyn Operations,
        functions: &dyn Functions,
    ) -> Result<Self, LoadErrors> {
        let catalog = CallCatalog::new(operations, functions);
        let mut shipped = BTreeMap::new();
        let mut errors = Vec::new();
        for sources in [release, own] {
            let mut names: BTreeMap<String, &String> = BTreeMap::new();
            for (file, source) in sources {
                match compile(file, source, &catalog, &mut names) {
                    Ok(program) => {
                        let name = program.name().to_owned();
                        let program = Arc::new(program);
                        shipped.insert(name, Flow { program, source: source.as_str().into() });
                    }
                    Err(problems) => errors.push(LoadError { file: file.clone(), problems }),
                }
            }
        }
        if !errors.is_empty() {
            return Err(LoadErrors(errors));
        }
        let shipped = Arc::new(FlowsInUse { by_name: shipped, ..FlowsInUse::default() });
        Ok(Self { catalog, shipped, compiled: Mutex::default(), of_tenants: Mutex::default() })
    }

    /// Everything that flows may call.
    pub fn catalog(&self) -> &dyn Catalog {
        &self.catalog
    }

    /// The same one by one, by name.
    pub fn functions(&self) -> impl Iterator<Item = &FunctionInfo> {
        self.catalog.0.values()
    }

    /// What is known of a function.
    pub fn function(&self, name: &str) -> Option<&FunctionInfo> {
        self.catalog.0.get(name)
    }

    /// Every problem of a definition against this catalog; empty when it is sound.
    pub fn check(&self, source: &str) -> Result<Program, Vec<Diagnostic>> {
        Program::compile(source, &self.catalog)
    }

    /// The flows of this program, which a tenant uses unless it chose otherwise.
    pub fn shipped(&self) -> &Arc<FlowsInUse> {
        &self.shipped
    }

    /// The flows of the bound tenant. What it chose on another node counts here within a second.
    pub async fn of(&self, tx: &mut TenantTx) -> Result<Arc<FlowsInUse>, StoreError> {
        let tenant = tx.tenant();
        if let Some((read_at, flows)) = self.of_tenants().get(&tenant)
            && read_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(flows));
        }
        let flows = self.read(tx).await?;
        let mut all = self.of_tenants();
        if TENANTS_MAX <= all.len() {
            all.clear();
        }
        all.insert(tenant, (Instant::now(), Arc::clone(&flows)));
        Ok(flows)
    }

    /// Reads the choices anew, as this transaction sees them.
    pub async fn read(&self, tx: &mut TenantTx) -> Result<Arc<FlowsInUse>, StoreError> {
        let choices = sqlx::query!(
            r#"
            select c.flow, c.digest, d.source as "source?"
            from engine.flow_choice c
            left join engine.definition d on d.tenant_id = c.tenant_id and d.digest = c.digest
            where c.tenant_id = $1
            "#,
            tx.tenant().uuid(),
        )
        .fetch_all(tx.conn())
        .await?;
        let mut flows = FlowsInUse::clone(&self.shipped);
        for choice in choices {
            flows.by_name.remove(&choice.flow);
            let (Some(digest), Some(source)) = (choice.digest, choice.source) else {
                flows.switched_off.insert(choice.flow);
                continue;
            };
            match self.compiled(&digest, &source) {
                Ok(program) => {
                    let flow = Flow { program, source: source.into() };
                    flows.by_name.insert(choice.flow, flow);
                }
                // Another version would do something else than what was chosen, so the flow does not start.
                Err(error) => {
                    tracing::error!(tenant = %tx.tenant(), flow = choice.flow, %error, "a tenant's flow cannot start");
                }
            }
        }
        let digests: Vec<String> = flows.all().map(|program| program.digest().to_owned()).collect();
        flows.stored = sqlx::query_scalar!(
            "select digest from engine.definition where tenant_id = $1 and digest = any($2)",
            tx.tenant().uuid(),
            &digests,
        )
        .fetch_all(tx.conn())
        .await?
        .into_iter()
        .collect();
        Ok(Arc::new(flows))
    }

    /// Has the choices of a tenant read anew.
    pub fn forget(&self, tenant: TenantId) {
        self.of_tenants().remove(&tenant);
    }

    pub(crate) fn forget_all(&self) {
        self.of_tenants().clear();
    }

    pub(crate) fn effect(&self, function: &str) -> Option<Effect> {
        self.catalog.effect(function)
    }

    /// The definition a run was started from, compiled at most once.
    pub async fn by_digest(
        &self,
        tx: &mut TenantTx,
        digest: &str,
    ) -> Result<Arc<Program>, StoreError> {
        if let Some(flow) = self.shipped.by_digest(digest) {
            return Ok(Arc::clone(&flow.program));
        }
        if let Some(program) = self.kept().get(digest) {
            return Ok(Arc::clone(program));
        }
        let source =
            sqlx::query_scalar!("select source from engine.definition where digest = $1", digest)
                .fetch_optional(tx.conn())
                .await?
                .ok_or_else(|| {
                    StoreError::Corrupt(format!("no definition with digest {digest}"))
                })?;
        self.compiled(digest, &source)
    }

    fn compiled(&self, digest: &str, source: &str) -> Result<Arc<Program>, StoreError> {
        if let Some(program) = self.kept().get(digest) {
            return Ok(Arc::clone(program));
        }
        let program = Program::compile(source, &self.catalog).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            StoreError::Corrupt(format!("definition {digest} does not compile any more: {first}"))
        })?;
        let program = Arc::new(program);
        let mut kept = self.kept();
        if COMPILED_MAX <= kept.len() {
            kept.clear();
        }
        kept.insert(digest.to_owned(), Arc::clone(&program));
        Ok(program)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Program>>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_tenants(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<TenantId, (Instant, Arc<FlowsInUse>)>> {
        self.of_tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of several files, whose names must differ.
fn compile<'f>(
    file: &'f String,
    source: &str,
    catalog: &CallCatalog,
    names: &mut BTreeMap<String, &'f String>,
) -> Result<Program, Vec<Diagnostic>> {
    let program = Program::compile(source, catalog)?;
    for warning in program.warnings() {
        tracing::warn!(file, "{warning}");
    }
    let name = program.name();
    if let Some(other) = names.insert(name.to_owned(), file) {
        let message = format!("{other} has a flow `{name}` too; give one another name");
        return Err(vec![Diagnostic::of_document("/document/name", message)]);
    }
    Ok(program)
}
