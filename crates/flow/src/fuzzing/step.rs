//! Runs of any definition, to which anything happens in any order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use arbitrary::{Result, Unstructured};
use chrono::TimeDelta;

use crate::{Command, Input, Program, RunInfo, State, lifecycle, stage, step as step_of};

use super::{as_in_the_program, generate, happening, parts, promise};

/// How much may happen to one run.
const HAPPENINGS_MAX: usize = 300;
/// How many commands one run may give; a run that goes round gives ten thousand a step.
const COMMANDS_MAX: usize = 15_000;
/// How large a run may become; storing a larger one again and again finds nothing more.
const STATE_BYTES_MAX: usize = 256 * 1024;
/// The values that are stored apart from a state, from how many bytes on.
const LARGE_BYTES: usize = 20;
/// How many definitions are kept compiled.
const KNOWN_MAX: usize = 200;

/// Runs a definition: its text, a zero byte and what happens. Without text, what happens begins with what a
/// definition is made of.
///
/// Promises: see [`promise`].
pub fn step(bytes: &[u8]) {
    let Some((text, rest)) = parts(bytes) else { return };
    as_in_the_program(|| {
        let mut bytes = Unstructured::new(rest);
        let made = match text {
            "" => generate::definition(&mut bytes).map(|made| made.to_string()),
            text => Ok(text.to_owned()),
        };
        if let Ok(source) = made
            && let Some(program) = compiled(&source)
        {
            // Nothing more happens when the bytes run out.
            let _too_few: Result<()> = drive(&program, &mut bytes);
        }
    });
}

/// Compiling takes much longer than running, and what happens changes more often than the definition.
fn compiled(source: &str) -> Option<Arc<Program>> {
    static KNOWN: Mutex<Option<HashMap<String, Option<Arc<Program>>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(program) = known.get(source) {
        return program.clone();
    }
    if KNOWN_MAX <= known.len() {
        known.clear();
    }
    let program = Program::compile(source, &stage::Everything).ok().map(Arc::new);
    known.insert(source.to_owned(), program.clone());
    program
}

/// Lets happen to a run what the bytes say, and holds each step to its promises.
pub(crate) fn drive(program: &Program, bytes: &mut Unstructured<'_>) -> Result<()> {
    let mut now = stage::at(0);
    let info = RunInfo { id: "r1".to_owned(), started_at: now, seed: bytes.arbitrary()? };
    let mut state = State::new(info);
    let mut input = Input::Start { input: happening::value(bytes)? };
    let mut commands = 0;
    for _ in 0..HAPPENINGS_MAX {
        let done = step_of(program, state.clone(), input.clone(), now);
        promise::holds(&state, &input, &done);
        if STATE_BYTES_MAX < promise::size(&done.state) {
            break;
        }
        let stored = promise::stored_and_read(&state, LARGE_BYTES);
        let again = step_of(program, stored, input.clone(), now);
        assert_eq!(again, done, "a stored state goes on in another way");
        for command in &done.commands {
            promise::can_be_stored(command);
            let _told: Vec<_> = lifecycle::events(program, "r1", command, now);
        }
        commands += done.commands.len();
        if COMMANDS_MAX < commands || bytes.is_empty() {
            break;
        }
        listens_to_itself(&done.commands);
        state = done.state;
        now += TimeDelta::milliseconds(happening::pause(bytes)?);
        input = happening::next(&state, program, bytes)?;
    }
    Ok(())
}

/// What a run emits is an event that others can hear.
fn listens_to_itself(commands: &[Command]) {
    for command in commands {
        if let Command::Emit { event } = command {
            assert!(!event.id.is_empty() && !event.kind.is_empty(), "{event:?}");
        }
    }
}
