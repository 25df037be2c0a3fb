//! The committed OpenAPI document.

use std::{collections::HashMap, path::Path, sync::Arc};

use connector_kit::http::{EgressPolicy, Http};
use connectors::ai::prompts::Library;
use domain::{Registry, openapi};
use handoff::{Adapters, node};
use kernel::{Secret, SystemClock};
use protocols::AllowedProcesses;
use serde_json::Value;
use store::seal::Keyring;

#[test]
fn the_committed_document_lists_every_operation_of_the_program() {
    let prompts = Arc::new(Library::load(None).unwrap());
    let http = Http::new(EgressPolicy { allowed_private_hosts: Vec::new() });
    let key = Secret::new("test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let keyring = Arc::new(Keyring::parse(&key).unwrap());
    let adapters = Adapters::new(
        Arc::clone(&prompts),
        connectors::all(prompts),
        http,
        AllowedProcesses::default(),
        Arc::new(SystemClock),
        keyring,
    );
    let (flows, _operations) = node::compile_flows(&adapters, &[]).unwrap();
    let registry = Registry::new(node::all_operations(&flows)).unwrap();

    // What goes in may leave out what always comes out, so the two are compared among themselves.
    let operations = || registry.entries().iter().map(|entry| &entry.operation);
    check_names(operations().map(|operation| (operation.name, &operation.input)));
    check_names(operations().map(|operation| (operation.name, &operation.output)));

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let update = std::env::var_os("UPDATE_OPENAPI").is_some();
    openapi::check_file(&registry, &path, update).unwrap();
}

/// Two types of one name would be one schema in the document, and wrong for one of them.
fn check_names<'a>(schemas: impl Iterator<Item = (&'a str, &'a Value)>) {
    let mut known: HashMap<&String, (&str, &Value)> = HashMap::new();
    for (operation, schema) in schemas {
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            let (other, same) = *known.entry(name).or_insert((operation, definition));
            assert_eq!(same, definition, "`{name}` is another type in {other} than in {operation}");
        }
    }
}
