use std::path::Path;

use super::*;
use crate::testing::files;

struct Nothing;

impl Catalog for Nothing {
    fn function(&self, name: &str) -> Option<FunctionSpec<'_>> {
        (name == "echo").then_some(FunctionSpec { input: None })
    }

    fn names(&self) -> Vec<String> {
        vec!["echo".to_owned()]
    }
}

#[test]
fn every_scenario_comes_out_as_it_says() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios"));
    let mut all = Vec::new();
    files(folder, &mut all);
    all.sort();
    let mut wrong = Vec::new();
    for path in &all {
        let name = path.strip_prefix(folder).unwrap().display();
        match Scenario::parse(&std::fs::read_to_string(path).unwrap()) {
            Ok(scenario) => wrong.extend(
                scenario.play(&Nothing).iter().map(|mismatch| format!("{name}: {mismatch}")),
            ),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_as_expected_is_told() {
    let scenario = |expect: &str| {
        let text =
            format!("{{title: t, flow: {{do: [{{a: {{set: {{n: 1}}}}}}]}}, expect: {expect}}}");
        let wrong = Scenario::parse(&text).unwrap().play(&Nothing);
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(scenario("{status: completed, output: {n: 1}}").is_empty());
    assert_eq!(scenario("{output: {n: 2}}"), ["output: expected {\"n\":2}, found {\"n\":1}"]);
    assert_eq!(scenario("{tasks: []}"), ["tasks: expected [], found [\"/do/0/a\"]"]);
    assert_eq!(scenario("{problems: ['/do']}"), ["problems: expected [\"/do\"], found []"]);
    assert_eq!(scenario("{waited: PT1S}"), ["waited (in milliseconds): expected 1000, found 0"]);
}
