//! No fault hides another: whatever is wrong in two places of a definition is told of both.

use std::{collections::BTreeSet, path::Path};

use proptest::{
    prelude::RngExt as _,
    test_runner::{RngAlgorithm, TestRng},
};
use serde_json::{Value, json};

use crate::{Program, Severity, scenario::Scenario, testing::catalog};

/// How many pairs are tried of each scenario.
const PAIRS: usize = 20;

/// A way to spoil a definition.
#[derive(Debug, Clone)]
struct Spoiling {
    /// What is spoilt; of a map, a member it gets.
    pointer: String,
    value: Value,
}

/// The ways to spoil a definition: what no map has, what is no expression, and a list in the place of anything else.
fn spoilings(value: &Value, pointer: &str, found: &mut Vec<Spoiling>) {
    let mut add = |pointer: String, value| found.push(Spoiling { pointer, value });
    match value {
        Value::Object(members) => {
            add(format!("{pointer}/unheard-of"), json!(1));
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                spoilings(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                spoilings(item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::String(text) if text.contains("${") => {
            add(pointer.to_owned(), json!("${ .a | }"));
        }
        _ => add(pointer.to_owned(), json!([])),
    }
}

/// The paths of the errors of a spoilt definition.
fn spoilt(flow: &Value, spoilings: &[&Spoiling]) -> BTreeSet<String> {
    let mut flow = flow.clone();
    for Spoiling { pointer, value } in spoilings {
        match flow.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => {
                let (map, key) = pointer.rsplit_once('/').unwrap();
                flow.pointer_mut(map).unwrap()[key] = value.clone();
            }
        }
    }
    let told = match Program::compile(&flow.to_string(), &catalog()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    };
    told.into_iter().filter(|it| it.severity == Severity::Error).map(|it| it.path).collect()
}

/// Pairs of spoilings of one definition, each with what is told of it alone.
fn pairs(flow: &Value, chance: &mut TestRng) -> Vec<[(Spoiling, BTreeSet<String>); 2]> {
    let mut found = Vec::new();
    spoilings(flow, "", &mut found);
    // Which input fits a function that cannot be known is not known either.
    found.retain(|it| !it.pointer.ends_with("/call"));
    let told: Vec<(Spoiling, _)> = found
        .into_iter()
        .map(|it| (it.clone(), spoilt(flow, &[&it])))
        .filter(|(_, told)| !told.is_empty())
        .collect();
    let mut any = || told[chance.random_range(0..told.len())].clone();
    let is_within = |one: &Spoiling, other: &Spoiling| one.pointer.starts_with(&other.pointer);
    std::iter::repeat_with(|| [any(), any()])
        .take(PAIRS)
        .filter(|[(one, _), (other, _)]| !is_within(one, other) && !is_within(other, one))
        .collect()
}

#[test]
fn two_faults_are_both_told() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let mut files = Vec::new();
    crate::testing::files(folder, &mut files);
    files.sort();
    let mut chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut tried = 0;
    let mut hidden = Vec::new();
    for path in files {
        let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if scenario.flow.is_null() || !spoilt(&scenario.flow, &[]).is_empty() {
            continue;
        }
        for pair in pairs(&scenario.flow, &mut chance) {
            tried += 1;
            let [(one, _), (other, _)] = &pair;
            let of_both = spoilt(&scenario.flow, &[one, other]);
            // Without what only follows from it, elsewhere.
            let is_told = |(spoiling, told): &(Spoiling, BTreeSet<String>)| {
                let mut there = told.iter().filter(|path| spoiling.pointer.starts_with(*path));
                there.all(|path| of_both.contains(path))
            };
            if !pair.iter().all(is_told) {
                let (one, other) = (&one.pointer, &other.pointer);
                hidden.push(format!("{}: {one}, {other}: {of_both:?}", path.display()));
            }
        }
    }
    assert!(hidden.is_empty(), "{} of {tried}\n{}", hidden.len(), hidden.join("\n"));
    assert!(4_000 < tried, "{tried}");
}
