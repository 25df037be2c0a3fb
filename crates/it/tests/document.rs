//! The committed OpenAPI document.

use std::{path::Path, sync::Arc};

use connector_kit::http::{EgressPolicy, Http};
use connectors::ai::prompts::Library;
use domain::{Registry, openapi};
use handoff::{Adapters, node};
use kernel::{Secret, SystemClock};
use protocols::AllowedProcesses;
use store::seal::Keyring;

#[test]
fn the_committed_document_lists_every_operation_of_the_program() {
    let prompts = Arc::new(Library::load(None).unwrap());
    let http = Http::new(EgressPolicy { allowed_private_hosts: Vec::new() });
    let key = Secret::new("test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let keyring = Arc::new(Keyring::parse(&key).unwrap());
    let adapters = Adapters::new(
        connectors::all(prompts),
        http,
        AllowedProcesses::default(),
        Arc::new(SystemClock),
        keyring,
    );
    let (flows, _operations) = node::compile_flows(&adapters, &[]).unwrap();
    let registry = Registry::new(node::all_operations(&flows)).unwrap();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let update = std::env::var_os("UPDATE_OPENAPI").is_some();
    openapi::check_file(&registry, &path, update).unwrap();
}
