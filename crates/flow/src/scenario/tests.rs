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

#[test]
fn what_is_no_scenario_is_told_at_its_place() {
    let head = "title: t\nflow: {do: [{a: {set: {}}}]}\n";
    let mut wrong = Vec::new();
    for (rest, expected) in [
        (
            "expect: {statsu: completed}\n",
            "3:10 /expect/statsu: unknown field `statsu`, expected one of",
        ),
        (
            "given:\n  - at: PT1S\n    evnt: {}\nexpect: {}\n",
            "5:5 /given/0/evnt: unknown field `evnt`",
        ),
        (
            "answers:\n  a:\n    - output: 1\n    - {error: {type: x}}\nexpect: {}\n",
            "6:15 /answers/a/1/error: missing field `status`",
        ),
        ("answers: {a: {eror: {}}}\nexpect: {}\n", "3:15 /answers/a/eror: unknown field `eror`"),
        (
            "answers: {a: 1}\nexpect: {}\n",
            "3:14 /answers/a: invalid type: integer `1`, expected an answer, or a list of answers",
        ),
        ("answers: {a: {after: 3}}\nexpect: {}\n", "3:14 /answers/a"),
        ("given: [{at: soon}]\nexpect: {}\n", "3:14 /given/0/at: "),
        ("expect: {status: done}\n", "3:18 /expect/status: `done` is no status of a run"),
        (
            "expect: {tasks: a}\n",
            "3:17 /expect/tasks: invalid type: string \"a\", expected a sequence",
        ),
        ("expect: {runs: [{status: done}]}\n", "3:26 /expect/runs/0/status: `done` is no status"),
        ("expect: {runs: [], waited: PT1S}\n", "3:28 /expect/waited: `runs` stands alone"),
        (
            "given: [{cancel: no}]\nexpect: {runs: []}\n",
            "3:9 /given/0: with `expect.runs` only events",
        ),
        ("input: 1\nexpect: {runs: []}\n", "3:8 /input: with `expect.runs` the input"),
        ("", "1:1: missing field `expect`"),
        ("expect: [\n", "4:1: this is not valid YAML"),
    ] {
        let found = Scenario::parse(&format!("{head}{rest}")).unwrap_err().to_string();
        if !found.starts_with(expected) {
            wrong.push(format!("{rest}  found    {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
