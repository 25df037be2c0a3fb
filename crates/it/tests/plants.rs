//! Bugs planted on purpose: the tests that should notice them must fail.

use std::process::Command;

/// The bug, and the test that notices it.
const PLANTS: [(&str, &str); 3] = [
    (
        "dedupe-outside-transaction",
        "receiving::an_event_sent_many_times_at_once_is_answered_alike_and_worked_on_once",
    ),
    ("session-scoped-tenant", "fences::a_used_connection_remembers_no_tenant"),
    (
        "unspawned-begin",
        "pools::what_was_acknowledged_survives_callers_that_hang_up_while_beginning",
    ),
];

#[test]
fn every_planted_bug_is_caught() {
    let program = std::env::current_exe().unwrap();
    for (bug, test) in PLANTS {
        let run = Command::new(&program).args(["--exact", test]).env("HANDOFF_PLANT", bug).output();
        let run = run.unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(said.contains("running 1 test"), "there is no test {test}");
        assert!(said.contains(&format!("test {test} ... FAILED")), "nobody noticed {bug}:\n{said}");
    }
}
