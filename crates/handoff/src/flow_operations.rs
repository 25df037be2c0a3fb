//! The product's operations, as flows call them.

use std::sync::Arc;

use domain::{Caller, Registry};
use engine::{Cause, FunctionInfo, OperationError, Operations};
use futures::future::BoxFuture;
use serde_json::Value;
use store::{TenantTx, measurements::Series};

use crate::outside::Adapters;

/// The operations that flows may call, before there is a database.
pub(crate) fn operation_catalog(registry: &Registry) -> Vec<FunctionInfo> {
    registry
        .in_transaction()
        .map(|operation| FunctionInfo {
            name: operation.name.to_owned(),
            summary: operation.summary.to_owned(),
            effect: None,
            input: operation.input.clone(),
            output: operation.output.clone(),
        })
        .collect()
}

/// The operations as flows call them.
pub(crate) struct FlowOperations(pub(crate) Arc<Adapters>, pub(crate) Vec<FunctionInfo>);

impl Operations for FlowOperations {
    fn catalog(&self) -> Vec<FunctionInfo> {
        self.1.clone()
    }

    fn call<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        name: &'a str,
        input: Value,
        cause: &'a Cause,
    ) -> BoxFuture<'a, Result<Value, OperationError>> {
        Box::pin(async move {
            let Some(app) = self.0.app.get() else {
                return Err(OperationError::Refused {
                    status: 503,
                    code: "unavailable".to_owned(),
                    detail: "the program is still starting".to_owned(),
                });
            };
            let caller = Caller::flow(tx.tenant(), cause.run, cause.flow.clone());
            let began = app.db.clock().now();
            let done = app.registry.invoke(tx, &caller, name, input).await;
            let taken = (app.db.clock().now() - began).to_std().unwrap_or_default();
            app.db.measure(tx.tenant(), Series::Operation, name, taken, done.is_err());
            done.map_err(|problem| match problem.into_store_error() {
                Ok(error) => OperationError::Store(error),
                Err(problem) => {
                    problem.log();
                    let fields: Vec<String> = problem
                        .errors()
                        .iter()
                        .map(|field| format!("{}: {}", field.pointer, field.detail))
                        .collect();
                    let detail = if fields.is_empty() {
                        problem.detail().to_owned()
                    } else {
                        format!("{} ({})", problem.detail(), fields.join("; "))
                    };
                    OperationError::Refused {
                        status: problem.status(),
                        code: problem.code().to_owned(),
                        detail,
                    }
                }
            })
        })
    }
}
