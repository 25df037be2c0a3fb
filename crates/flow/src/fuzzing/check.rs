//! Definitions and scenarios as somebody may write them.

use crate::{Diagnostic, Program, read_yaml, scenario::Scenario, stage};

use super::as_in_the_program;

/// Checks a definition as `handoff flow check` does.
///
/// Promises: it says what is wrong and where, inside the text; and what it accepts it accepts as JSON too, since
/// that is how it is shown and stored.
pub fn check(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    as_in_the_program(|| match Program::compile(source, &stage::catalog()) {
        Ok(program) => {
            places_are_inside(source, program.warnings());
            let json = program.document().to_string();
            if json.len() <= crate::source::SOURCE_BYTES_MAX {
                let again = read_yaml(&json).map_err(|problem| format!("{problem} in {json}"));
                assert_eq!(again.as_ref(), Ok(program.document()));
                let again = Program::compile(&json, &stage::catalog());
                assert!(again.is_ok(), "as JSON it is refused: {:?}\n{json}", again.err());
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "it is refused without a reason");
            places_are_inside(source, &problems);
        }
    });
}

/// Reads a scenario as `handoff flow test` does, without playing it.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    as_in_the_program(|| match Scenario::parse(text) {
        Ok(scenario) => {
            let _happenings: Vec<_> = scenario.given();
            if let Err(problems) = scenario.compile(&stage::Everything) {
                assert!(!problems.is_empty(), "it is refused without a reason");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty(), "it is refused without a reason"),
    });
}

fn places_are_inside(source: &str, problems: &[Diagnostic]) {
    let lines: Vec<&str> = crate::source::lines(source).collect();
    for problem in problems {
        assert!(problem.message != "broke the expression engine", "{problem}");
        assert!(problem.path.is_empty() || problem.path.starts_with('/'), "{problem}");
        assert!(!problem.message.is_empty(), "{problem:?}");
        // One past the end is a place too: there something is missing.
        let line = problem.line.checked_sub(1).and_then(|line| lines.get(line));
        assert!(line.is_some(), "line outside of {} lines: {problem}", lines.len());
        let columns = 1..=line.unwrap_or(&"").chars().count() + 1;
        assert!(columns.contains(&problem.column), "column outside of {columns:?}: {problem}");
    }
}
