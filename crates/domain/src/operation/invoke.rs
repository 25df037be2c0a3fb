//! The one way in: permission, validation, work, audit entry.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use store::TenantTx;

use super::{Effects, Handler, Operation, Registry, validate::escape};
use crate::{App, Caller, Problem};

/// An input that was found valid, from a caller who may give it.
pub(crate) struct Admitted<'a> {
    operation: &'a Operation,
    input: Value,
}

impl Registry {
    /// Checks permission and input.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
    ) -> Result<Admitted<'_>, Problem> {
        let entry = self.find(name)?;
        caller.require(entry.operation.permission)?;
        let errors = entry.errors(&input);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(Admitted { operation: &entry.operation, input })
    }

    /// Runs an operation in the caller's transaction, with its audit entry.
    ///
    /// Nothing is undone on failure: whoever owns the transaction rolls it back, or back to a
    /// savepoint.
    pub async fn invoke(
        &self,
        tx: &mut TenantTx,
        caller: &Caller,
        name: &str,
        input: Value,
    ) -> Result<Value, Problem> {
        self.admit(caller, name, input)?.run(tx, caller).await
    }
}

impl App {
    /// Runs an operation of any kind, in a transaction of its own. For the program itself: starting up
    /// and the command line.
    pub async fn invoke(
        self: &Arc<Self>,
        caller: &Caller,
        name: &str,
        input: Value,
    ) -> Result<Value, Problem> {
        let admitted = self.registry.admit(caller, name, input)?;
        if let Handler::Outside(run) = &admitted.operation.handler {
            return run(Arc::clone(self), caller.clone(), admitted.input).await;
        }
        let mut tx = self.db.tenant(caller.tenant).await?;
        let output = admitted.run(&mut tx, caller).await?;
        tx.commit().await?;
        Ok(output)
    }
}

impl Admitted<'_> {
    /// Runs the operation in the caller's transaction, with its audit entry.
    pub(crate) async fn run(self, tx: &mut TenantTx, caller: &Caller) -> Result<Value, Problem> {
        let Self { operation, input } = self;
        let Handler::InTransaction(run) = &operation.handler else {
            return Err(Problem::new(
                "outside-transaction",
                format!("`{}` is not for flows; use it over REST", operation.name),
            ));
        };
        let given = described(operation, &input);
        let output = run(tx, caller, input).await?;
        if operation.effects != Effects::Read {
            let resource = id_in(operation, &output).or(given.resource).unwrap_or_default();
            audit(tx, caller, operation.name, &resource, &given.detail).await?;
        }
        Ok(output)
    }

    /// Runs an operation that opens its own transactions; none for one that does not.
    pub(crate) fn run_outside(
        self,
        app: &Arc<App>,
        caller: &Caller,
    ) -> Option<BoxFuture<'static, Result<Value, Problem>>> {
        match &self.operation.handler {
            Handler::InTransaction(_) | Handler::Account(_) => None,
            Handler::Outside(run) => Some(run(Arc::clone(app), caller.clone(), self.input)),
        }
    }
}

/// What of an input the audit trail keeps: the names of its fields, never what is in them.
struct Given {
    resource: Option<String>,
    detail: Value,
}

fn described(operation: &Operation, input: &Value) -> Given {
    let fields: Vec<&String> = input.as_object().map(|o| o.keys().collect()).unwrap_or_default();
    Given { resource: id_in(operation, input), detail: json!({ "fields": fields }) }
}

fn id_in(operation: &Operation, value: &Value) -> Option<String> {
    value.get(operation.resource).and_then(Value::as_str).map(str::to_owned)
}

/// Records what a caller did, in the transaction that did it. `detail` holds facts, no free text.
pub async fn audit(
    tx: &mut TenantTx,
    caller: &Caller,
    action: &str,
    resource: &str,
    detail: &Value,
) -> Result<(), Problem> {
    store::audit::record(tx, &caller.principal.to_string(), action, resource, detail).await?;
    Ok(())
}

/// An input as its type. The schema was checked before; what types check beyond it is checked here.
pub fn read_input<I: DeserializeOwned>(input: Value) -> Result<I, Problem> {
    serde_path_to_error::deserialize(input).map_err(|error| {
        let pointer: String = error
            .path()
            .iter()
            .filter_map(|segment| match segment {
                serde_path_to_error::Segment::Seq { index } => Some(format!("/{index}")),
                serde_path_to_error::Segment::Map { key } => Some(format!("/{}", escape(key))),
                _ => None,
            })
            .collect();
        Problem::field(pointer, error.into_inner().to_string())
    })
}

pub fn write_output<O: Serialize>(output: &O) -> Result<Value, Problem> {
    serde_json::to_value(output).map_err(Problem::internal)
}
