//! Where the engine and the product meet the connectors: each call with its tenant's connection.

mod product;
mod prompts;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use connector_kit::{
    Call, CallError, Connection, Connector, Found, Function, UsageLog, http::Http,
};
use connectors::ai::{generate_with, prompts::Library};
use domain::{App, Problem};
use engine::{Attempt, FunctionInfo, Functions, Outcome};
use futures::future::BoxFuture;
use kernel::{Clock, Event, Secret, TenantId};
use protocols::{AllowedProcesses, Means, Protocols, Rewrites, SECRETS, Secrets};
use serde_json::Value;
use store::{Db, StoreError, TenantTx, seal::Keyring};
use webhooks::{
    intake::{Shared, SharedSecrets},
    outgoing::Payloads,
};

use crate::identity_provider::Provider;

/// How long a connection's settings are used before they are read again.
const SETTINGS_FRESH: Duration = Duration::from_secs(2);

/// A tenant's settings for each connector, and when they were read.
type SettingsCache = HashMap<(TenantId, String), (Instant, Option<Value>)>;

/// The adapters between the crates that must not know each other.
pub struct Adapters {
    prompts: Arc<Library>,
    connectors: Vec<Connector>,
    http: Http,
    protocols: Protocols,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    db: OnceLock<Db>,
    pub(crate) app: OnceLock<Arc<App>>,
    provider: OnceLock<Provider>,
    settings: Mutex<SettingsCache>,
}

impl Adapters {
    pub fn new(
        prompts: Arc<Library>,
        connectors: Vec<Connector>,
        http: Http,
        processes: AllowedProcesses,
        clock: Arc<dyn Clock>,
        keyring: Arc<Keyring>,
    ) -> Arc<Self> {
        let protocols = Protocols::new(http.clone(), Arc::clone(&clock), Rewrites::default())
            .allowing(processes);
        Arc::new(Self {
            prompts,
            connectors,
            http,
            protocols,
            clock,
            keyring,
            db: OnceLock::new(),
            app: OnceLock::new(),
            provider: OnceLock::new(),
            settings: Mutex::default(),
        })
    }

    /// Says which database to find connections in. Once, before the first call.
    pub fn connect(&self, db: Db, app: Option<Arc<App>>) {
        drop(self.db.set(db));
        if let Some(app) = app {
            drop(self.app.set(app));
        }
    }

    /// Says through whom people may sign in. Once, before the first request.
    pub(crate) fn sign_in_through(&self, provider: Provider) {
        drop(self.provider.set(provider));
    }

    pub(crate) fn connector(&self, id: &str) -> Option<&Connector> {
        self.connectors.iter().find(|it| it.id == id)
    }

    fn function(&self, name: &str) -> Option<(&Connector, &Function)> {
        let (connector, function) = name.split_once('.')?;
        let connector = self.connectors.iter().find(|it| it.id == connector)?;
        let function = connector.functions.iter().find(|it| it.name == function)?;
        Some((connector, function))
    }

    /// A tenant's settings for a connector, read again every few seconds.
    async fn settings(
        &self,
        tenant: TenantId,
        connector: &str,
    ) -> Result<Option<Value>, StoreError> {
        let key = (tenant, connector.to_owned());
        if let Some((read, settings)) = self.cache().get(&key)
            && read.elapsed() < SETTINGS_FRESH
        {
            return Ok(settings.clone());
        }
        let Some(db) = self.db.get() else { return Ok(None) };
        let mut tx = db.tenant(tenant).await?;
        let loaded = domain::connections::load(&mut tx, &self.keyring, connector).await;
        let settings = match loaded.map_err(Problem::into_store_error) {
            Ok(settings) => settings,
            Err(Ok(error)) => return Err(error),
            Err(Err(problem)) => {
                problem.log();
                return Err(StoreError::Corrupt(format!(
                    "the settings of the connection {connector} cannot be opened; was the key file lost?"
                )));
            }
        };
        tx.commit().await?;
        self.cache().insert(key, (Instant::now(), settings.clone()));
        Ok(settings)
    }

    /// What authentication policies of the tenant's flows may name.
    async fn secrets(&self, tenant: TenantId) -> Result<Secrets, StoreError> {
        let settings = self.settings(tenant, SECRETS).await?;
        Ok(Secrets::new(match settings {
            Some(Value::Object(members)) => members.into_iter().collect(),
            _ => BTreeMap::new(),
        }))
    }

    fn cache(&self) -> MutexGuard<'_, SettingsCache> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn prepare(&self, tenant: TenantId, attempt: &Attempt) -> Result<Call, CallError> {
        let connector = attempt.function.split('.').next().unwrap_or_default();
        let settings = self.settings(tenant, connector).await.map_err(|error| not_tried(&error))?;
        let Some(settings) = settings else {
            return Err(CallError::Rejected {
                status: 424,
                code: "connection-missing".to_owned(),
                detail: format!(
                    "this tenant has no connection `{connector}`; set it with `handoff connection set {connector}`"
                ),
            });
        };
        Ok(self.call(connector, settings, attempt.key.clone(), attempt.number, attempt.timeout))
    }

    fn call(
        &self,
        connector: &str,
        settings: Value,
        key: String,
        attempt: u32,
        timeout: Duration,
    ) -> Call {
        Call {
            http: self.http.clone(),
            connection: Connection::new(connector, settings),
            clock: Arc::clone(&self.clock),
            key,
            attempt,
            timeout,
            usage: UsageLog::default(),
        }
    }
}

/// Counts a failure, and how long a text took to write. Only a prompt that exists answers, so that its
/// name is one of a few.
fn note(function: &str, prompt: &str, result: &Result<Value, CallError>, taken: TimeDelta) {
    match result {
        Ok(_) if function == "ai.generate" => {
            metrics::histogram!("handoff_generation_seconds", "prompt" => prompt.to_owned())
                .record(taken.to_std().unwrap_or_default().as_secs_f64());
        }
        Ok(_) => {}
        Err(error) => {
            let reason = match error {
                CallError::Rejected { .. } => "rejected",
                CallError::Throttled { .. } => "throttled",
                CallError::Unavailable { .. } => "unavailable",
                CallError::NotTried(_) => "not-tried",
                CallError::Ambiguous { .. } => "ambiguous",
                CallError::Credentials(_) => "credentials",
                CallError::Unreadable { .. } => "unreadable",
            };
            metrics::counter!("handoff_call_failures_total", "function" => function.to_owned(), "reason" => reason)
                .increment(1);
        }
    }
}

fn not_tried(error: &StoreError) -> CallError {
    CallError::NotTried(error.to_string())
}

fn unknown_function(name: &str) -> CallError {
    CallError::Rejected {
        status: 404,
        code: "function-unknown".to_owned(),
        detail: format!("this release has no function `{name}`"),
    }
}

impl Functions for Adapters {
    fn catalog(&self) -> Vec<FunctionInfo> {
        self.connectors
            .iter()
            .flat_map(|connector| {
                connector.functions.iter().map(|function| FunctionInfo {
                    name: format!("{}.{}", connector.id, function.name),
                    summary: function.summary.to_owned(),
                    effect: Some(function.effect),
                    input: function.input.clone(),
                    output: function.output.clone(),
                })
            })
            .collect()
    }

    fn call(&self, tenant: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async move {
            if flow::is_protocol(&attempt.function) {
                let secrets = match self.secrets(tenant).await {
                    Ok(secrets) => secrets,
                    Err(error) => {
                        return Outcome { result: Err(not_tried(&error)), usage: vec![] };
                    }
                };
                let means = Means { secrets: &secrets, timeout: attempt.timeout };
                let result = self.protocols.call(&attempt.function, attempt.input, means).await;
                return Outcome { result, usage: vec![] };
            }
            let Some((_, function)) = self.function(&attempt.function) else {
                return Outcome { result: Err(unknown_function(&attempt.function)), usage: vec![] };
            };
            let own = match self.own_prompt(tenant, &attempt).await {
                Ok(own) => own,
                Err(error) => return Outcome { result: Err(error), usage: vec![] },
            };
            match self.prepare(tenant, &attempt).await {
                Ok(call) => {
                    let usage = call.usage.clone();
                    let prompt = attempt.input.get("prompt").and_then(Value::as_str);
                    let prompt = prompt.unwrap_or_default().to_owned();
                    let began = self.clock.now();
                    let result = match &own {
                        None => (function.run)(call, attempt.input).await,
                        Some(own) => {
                            generate_with(call, &self.prompts, Some(own), attempt.input).await
                        }
                    };
                    note(&attempt.function, &prompt, &result, self.clock.now() - began);
                    Outcome { result, usage: usage.take() }
                }
                Err(error) => Outcome { result: Err(error), usage: vec![] },
            }
        })
    }

    fn may_repeat(&self, function: &str, input: &Value) -> bool {
        Protocols::may_repeat(function, input)
    }

    fn system(&self, function: &str, input: &Value) -> String {
        if flow::is_protocol(function) {
            return Protocols::system(function, input);
        }
        function.split('.').next().unwrap_or_default().to_owned()
    }

    fn find(&self, tenant: TenantId, attempt: Attempt) -> BoxFuture<'_, Outcome<Found>> {
        Box::pin(async move {
            let find = self.function(&attempt.function).and_then(|(_, it)| it.find.clone());
            let Some(find) = find else {
                return Outcome { result: Err(unknown_function(&attempt.function)), usage: vec![] };
            };
            match self.prepare(tenant, &attempt).await {
                Ok(call) => {
                    let usage = call.usage.clone();
                    let result = find(call, attempt.input).await;
                    Outcome { result, usage: usage.take() }
                }
                Err(error) => Outcome { result: Err(error), usage: vec![] },
            }
        })
    }
}

impl SharedSecrets for Adapters {
    fn of<'a>(
        &'a self,
        tenant: TenantId,
        source: &'a str,
    ) -> BoxFuture<'a, Result<Shared, StoreError>> {
        Box::pin(async move {
            let settings = self.settings(tenant, source).await?.unwrap_or_default();
            let secret = |name: &str| settings.get(name).and_then(Value::as_str).map(Secret::new);
            let signing = ["webhook_secret", "previous_webhook_secret"];
            Ok(Shared {
                signing: signing.into_iter().filter_map(secret).collect(),
                bearer: secret("shared_token"),
            })
        })
    }
}

/// The webhooks of the contract with the assistant, told from what the contexts keep.
#[derive(Debug, Clone, Copy)]
pub struct ContractPayloads;

impl Payloads for ContractPayloads {
    fn render<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        event: &'a Event,
    ) -> BoxFuture<'a, Result<Option<Value>, StoreError>> {
        Box::pin(async move {
            let body = domain::partners::invoice_system::payload(tx, event).await;
            body.map_err(|problem| match problem.into_store_error() {
                Ok(error) => error,
                Err(problem) => StoreError::Corrupt(problem.detail().to_owned()),
            })
        })
    }
}
