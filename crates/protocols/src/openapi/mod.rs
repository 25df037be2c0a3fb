//! `call: openapi`: Swagger 2.0, OpenAPI 3.0 and 3.1.

mod document;
mod operation;

pub(crate) use document::Documents;

use serde::Deserialize;
use serde_json::{Map, Value};

use connector_kit::CallError;

use crate::{
    Means, Protocols,
    answer::{self, Output},
    authentication::{Endpoint, Policy},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenApiCall {
    document: Resource,
    #[serde(rename = "operationId")]
    operation_id: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    authentication: Option<Policy>,
    #[serde(default)]
    output: Output,
    #[serde(default)]
    redirect: bool,
}

/// Something that is fetched before the call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    #[serde(default, rename = "name")]
    _name: Option<String>,
    pub(crate) endpoint: Endpoint,
}

pub(crate) async fn call(
    protocols: &Protocols,
    call: OpenApiCall,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let (address, policy) = call.document.endpoint.parts();
    let document = document::load(protocols, means, &address, policy).await?;
    let operation = operation::Operation::find(&document, &call.operation_id)?;
    let mut outgoing = operation.request(&address, call.parameters)?;
    outgoing.policy = call.authentication;
    let (asked, response) = outgoing.send(protocols, means).await?;
    answer::take(&asked, &response, call.output, call.redirect, protocols.clock.now())
}
