use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::{Program, stage, testing::files};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 5] = [
    ("check", check),
    ("expression", expression),
    ("scenario", scenario),
    ("step", step),
    ("time", time),
];

/// Where libFuzzer keeps what it found worth keeping, one folder for each target.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");

fn every_file_of(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let mut found = Vec::new();
    files(&Path::new(CORPUS).join(name), &mut found);
    assert!(!found.is_empty(), "{name} has a corpus");
    found.sort();
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let outcome = std::panic::catch_unwind(|| target(&bytes));
        assert!(outcome.is_ok(), "{} breaks a promise", path.display());
    }
}

#[test]
fn the_corpus_of_definitions_holds() {
    every_file_of("check");
}

#[test]
fn the_corpus_of_expressions_holds() {
    every_file_of("expression");
}

#[test]
fn the_corpus_of_scenarios_holds() {
    every_file_of("scenario");
}

#[test]
fn the_corpus_of_runs_holds() {
    every_file_of("step");
}

#[test]
fn the_corpus_of_times_holds() {
    every_file_of("time");
}

#[test]
fn each_target_has_a_corpus_and_is_run() {
    let root = Path::new(CORPUS).parent().unwrap();
    let names = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).unwrap();
        let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(|entry| stem(&entry.unwrap().path())).collect();
        names.sort();
        names
    };
    let known = TARGETS.map(|(name, _)| name);
    assert_eq!(names("corpus"), known);
    assert_eq!(names("fuzz_targets"), known);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_of_bytes_is_a_sound_definition(bytes in prop::collection::vec(any::<u8>(), 400..800)) {
        let definition = generate::definition(&mut arbitrary::Unstructured::new(&bytes)).unwrap();
        let compiled = Program::compile(&definition.to_string(), &stage::Everything);
        prop_assert!(compiled.is_ok(), "{:?}\n{definition:#}", compiled.err());
    }
}
