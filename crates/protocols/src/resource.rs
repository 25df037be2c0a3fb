//! What is fetched before a call, such as the description of an interface, and kept for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_kit::CallError;
use kernel::Timestamp;
use serde::Deserialize;

use crate::{Means, Protocols, authentication::Endpoint, http, invalid};

/// How long a resource is used before it is fetched again.
const FRESH: Duration = Duration::from_mins(5);
/// How many resources of one kind are kept.
const KEPT_MAX: usize = 100;

/// Something that is fetched before the call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resource {
    #[serde(default, rename = "name")]
    _name: Option<String>,
    pub(crate) endpoint: Endpoint,
}

/// What was fetched without credentials and read, by address.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<HashMap<String, (Timestamp, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The resource as `read` reads it: `what` is its name in an error.
pub(crate) async fn load<T>(
    protocols: &Protocols,
    means: Means<'_>,
    endpoint: Endpoint,
    kept: &Kept<T>,
    what: &str,
    read: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<Arc<T>, CallError> {
    let (address, policy) = endpoint.parts();
    let now = protocols.clock.now();
    // What somebody's credentials open is not for others.
    let is_shared = policy.is_none();
    let known = || kept.0.lock().unwrap_or_else(PoisonError::into_inner);
    if is_shared
        && let Some((fetched, resource)) = known().get(&address)
        && now < *fetched + FRESH
    {
        return Ok(Arc::clone(resource));
    }
    let response = http::fetch(protocols, means, (address.clone(), policy), what).await?;
    let resource =
        read(&response.body).map_err(|reason| invalid(format!("{what} {address} {reason}")))?;
    let resource = Arc::new(resource);
    if is_shared {
        let mut known = known();
        if KEPT_MAX <= known.len() {
            known.clear();
        }
        known.insert(address, (now, Arc::clone(&resource)));
    }
    Ok(resource)
}
