//! What the tests of this crate share: short ways to compile and run.

use serde_json::Value;

pub(crate) use crate::stage::{at, catalog, failure};
use crate::{
    Command, Diagnostic, FlowError, Input, Program, RunInfo, State, Step,
    memory::{self, CallRequest, Options},
    step,
};

pub(crate) const HEAD: &str =
    "document: { dsl: 1.0.3, namespace: test, name: sample, version: 0.1.0 }\n";

pub(crate) fn try_compile(body: &str) -> Result<Program, Vec<Diagnostic>> {
    Program::compile(&format!("{HEAD}{body}"), &catalog())
}

pub(crate) fn compile(body: &str) -> Program {
    match try_compile(body) {
        Ok(program) => program,
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}\nin\n{body}", all.join("\n"))
        }
    }
}

/// `echo` gives its input back; `fail` fails with the status and type in its input.
pub(crate) fn answer(request: &CallRequest) -> Result<Value, FlowError> {
    match request.function.as_str() {
        "fail" => Err(failure(
            request.input["type"].as_str().unwrap_or("https://example.com/errors/broken"),
            u16::try_from(request.input["status"].as_u64().unwrap_or(500)).unwrap(),
        )),
        _ => Ok(request.input.clone()),
    }
}

pub(crate) fn run(body: &str, input: Value) -> memory::Outcome {
    memory::run(&compile(body), input, Options::new(at(0), &mut |request| answer(request).into()))
}

/// The output of a run that must complete.
pub(crate) fn output(body: &str, input: Value) -> Value {
    let outcome = run(body, input);
    match outcome.output {
        Some(output) => output,
        None => panic!("{outcome:?}\nin\n{body}"),
    }
}

/// A run under the test's own hands.
pub(crate) struct Hand {
    pub(crate) program: Program,
    pub(crate) state: State,
}

impl Hand {
    pub(crate) fn start(body: &str, input: Value) -> (Self, Vec<Command>) {
        let info = RunInfo { id: "r1".to_owned(), started_at: at(0), seed: 7 };
        let mut hand = Self { program: compile(body), state: State::new(info) };
        let commands = hand.give(Input::Start { input }, 0);
        (hand, commands)
    }

    pub(crate) fn give(&mut self, input: Input, seconds: i64) -> Vec<Command> {
        let Step { state, commands } = step(&self.program, self.state.clone(), input, at(seconds));
        self.state = state;
        commands
    }

    pub(crate) fn succeed(&mut self, call: u64, output: Value) -> Vec<Command> {
        self.give(Input::CallSucceeded { call, output }, 1)
    }

    pub(crate) fn fail(&mut self, call: u64, error: FlowError, seconds: i64) -> Vec<Command> {
        self.give(Input::CallFailed { call, error }, seconds)
    }
}

/// The calls among the commands: number, attempt, function.
pub(crate) fn calls(commands: &[Command]) -> Vec<(u64, u32, String)> {
    commands
        .iter()
        .filter_map(|command| match command {
            Command::Call { call, attempt, function, .. } => {
                Some((*call, *attempt, function.clone()))
            }
            _ => None,
        })
        .collect()
}

/// The timers among the commands: number, seconds from the start.
pub(crate) fn timers(commands: &[Command]) -> Vec<(u64, i64)> {
    commands
        .iter()
        .filter_map(|command| match command {
            Command::Timer { timer, at: moment } => Some((*timer, (*moment - at(0)).num_seconds())),
            _ => None,
        })
        .collect()
}

/// All files of a folder and those inside it.
pub(crate) fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}
