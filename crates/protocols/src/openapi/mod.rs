//! `call: openapi`: Swagger 2.0, OpenAPI 3.0 and 3.1.

mod document;
mod operation;

use serde::Deserialize;
use serde_json::{Map, Value};

use connector_kit::CallError;

use crate::{
    Means, Protocols,
    answer::{self, Output},
    authentication::Policy,
    resource::{self, Resource},
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

pub(crate) async fn call(
    protocols: &Protocols,
    call: OpenApiCall,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let endpoint = call.document.endpoint;
    let address = endpoint.uri().to_owned();
    let (kept, what) = (&protocols.documents, "the document");
    let document = resource::load(protocols, means, endpoint, kept, what, document::read).await?;
    let operation = operation::Operation::find(&document, &call.operation_id)?;
    let mut outgoing = operation.request(&address, call.parameters)?;
    outgoing.policy = call.authentication;
    let (asked, response) = outgoing.send(protocols, means).await?;
    answer::take(&asked, &response, call.output, call.redirect, protocols.clock.now())
}
