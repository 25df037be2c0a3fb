//! Documents that describe an interface, fetched and kept for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_kit::CallError;
use kernel::Timestamp;
use serde_json::Value;

use crate::{Means, Protocols, authentication::Policy, http, invalid};

/// How long a document is used before it is fetched again.
const FRESH: Duration = Duration::from_mins(5);
/// How many documents are kept.
const DOCUMENTS_MAX: usize = 100;
/// How many references may follow one another.
const REFERENCES_MAX: usize = 20;

/// The documents that were fetched without credentials, by address.
#[derive(Debug, Default)]
pub(crate) struct Documents(Mutex<HashMap<String, (Timestamp, Arc<Value>)>>);

pub(super) async fn load(
    protocols: &Protocols,
    means: Means<'_>,
    address: &str,
    policy: Option<Policy>,
) -> Result<Arc<Value>, CallError> {
    let now = protocols.clock.now();
    // What somebody's credentials open is not for others.
    let is_shared = policy.is_none();
    let known = || protocols.documents.0.lock().unwrap_or_else(PoisonError::into_inner);
    if is_shared
        && let Some((fetched, document)) = known().get(address)
        && now < *fetched + FRESH
    {
        return Ok(Arc::clone(document));
    }
    let place = (address.to_owned(), policy);
    let response = http::fetch(protocols, means, place, "the document").await?;
    let document = match serde_json::from_slice::<Value>(&response.body) {
        Ok(document) => document,
        Err(_not_json) => {
            flow::read_yaml(&String::from_utf8_lossy(&response.body)).map_err(|reason| {
                invalid(format!("the document {address} is neither JSON nor YAML: {reason}"))
            })?
        }
    };
    let document = Arc::new(document);
    if is_shared {
        let mut known = known();
        if DOCUMENTS_MAX <= known.len() {
            known.clear();
        }
        known.insert(address.to_owned(), (now, Arc::clone(&document)));
    }
    Ok(document)
}

/// The value itself, or what its `$ref` names within the document.
pub(super) fn follow<'d>(document: &'d Value, value: &'d Value) -> Result<&'d Value, CallError> {
    let mut value = value;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
        let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        value = target.ok_or_else(|| {
            invalid(format!("the document refers to `{reference}`, which it does not hold"))
        })?;
    }
    Err(invalid("the document's references go in a circle"))
}
