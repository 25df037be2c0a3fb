//! `run.script` and `run.shell`: processes on this machine, if its operator allows them.
//!
//! A process gets no environment but what the call names (and `PATH`), a folder of its own that is removed
//! afterwards, and limits on time, memory, file size and output. It is not locked in: it runs as the program's own
//! user and reaches the network. That is why nothing runs unless the operator says so.

use std::{path::Path, process::Stdio, time::Duration};

use connector_kit::CallError;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
};

use crate::{Means, Protocols, http, http::scalar, invalid, resource::Resource};

/// How much of what a process writes is kept, of each stream.
pub(crate) const OUTPUT_BYTES_MAX: u64 = 1024 * 1024;
/// Limits in the terms of the shell's `ulimit`: seconds of processor, KiB of memory, blocks of file.
const LIMITS: &str = "ulimit -t 60; ulimit -v 2097152; ulimit -f 204800; ulimit -c 0;";
/// The same for what may be JavaScript, whose engine reserves far more memory than it uses.
pub(crate) const LIMITS_BUT_MEMORY: &str = "ulimit -t 60; ulimit -f 204800; ulimit -c 0;";
/// Where programs are looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What the operator lets definitions run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllowedProcesses {
    pub scripts: bool,
    pub shell: bool,
}

impl AllowedProcesses {
    /// Reads the words `script` and `shell`.
    ///
    /// # Errors
    /// A sentence that names the word that is neither.
    pub fn read<'w>(words: impl Iterator<Item = &'w str>) -> Result<Self, String> {
        let mut allowed = Self::default();
        for word in words {
            match word {
                "script" => allowed.scripts = true,
                "shell" => allowed.shell = true,
                other => {
                    return Err(format!(
                        "`{other}` cannot be allowed; only `script` and `shell` can"
                    ));
                }
            }
        }
        Ok(allowed)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    command: Option<String>,
    language: Option<Language>,
    code: Option<String>,
    source: Option<Resource>,
    stdin: Option<String>,
    #[serde(default)]
    arguments: Vec<Value>,
    #[serde(default)]
    environment: Map<String, Value>,
    #[serde(rename = "await")]
    _awaits: bool,
    r#return: Return,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    Js,
    Python,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Return {
    Stdout,
    Stderr,
    Code,
    All,
    None,
}

pub(crate) async fn run(
    protocols: &Protocols,
    function: &str,
    input: Value,
    means: Means<'_>,
) -> Result<Value, CallError> {
    let allowed = match function {
        flow::RUN_SCRIPT => protocols.processes.scripts,
        flow::RUN_SHELL => protocols.processes.shell,
        _ => return Err(refused("containers are not run by this release")),
    };
    if !allowed {
        let word = function.strip_prefix("run.").unwrap_or(function);
        return Err(refused(&format!(
            "the operator does not allow `run: {word}`; it would need HANDOFF_ALLOW_RUN={word}"
        )));
    }
    let mut process: Process = crate::read(input)?;
    if let Some(source) = process.source.take() {
        let place = source.endpoint.parts();
        let response = http::fetch(protocols, means, place, "the script").await?;
        process.code = Some(String::from_utf8_lossy(&response.body).into_owned());
    }
    let folder = tempfile::tempdir().map_err(|error| unavailable(&error.to_string()))?;
    let command = process.command(folder.path())?;
    let ended =
        tokio::time::timeout(means.timeout, finish(command, process.stdin.as_deref())).await;
    let ended = ended.map_err(|_elapsed| after(means.timeout))??;
    process.r#return.of(&ended)
}

/// What a process came to.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Return {
    fn of(self, ended: &Ended) -> Result<Value, CallError> {
        let Ended { code, stdout, stderr } = ended;
        if *code != 0 && !matches!(self, Self::Code | Self::All) {
            let told: String = stderr.trim().chars().take(300).collect();
            return Err(CallError::Rejected {
                status: 500,
                code: "process failed".to_owned(),
                detail: format!("the process ended with code {code}: {told}"),
            });
        }
        Ok(match self {
            Self::Stdout => json!(stdout),
            Self::Stderr => json!(stderr),
            Self::Code => json!(code),
            Self::All => json!({ "code": code, "stdout": stdout, "stderr": stderr }),
            Self::None => Value::Null,
        })
    }
}

impl Process {
    fn command(&self, folder: &Path) -> Result<Command, CallError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c");
        match (self.language, &self.code, &self.command) {
            (None, None, Some(shell)) => {
                command.arg(format!("{LIMITS} exec /bin/sh -c \"$0\" sh \"$@\"")).arg(shell);
            }
            (Some(language), Some(code), None) => {
                let (program, file) = match language {
                    Language::Js => ("node", "script.js"),
                    Language::Python => ("python3", "script.py"),
                };
                let file = folder.join(file);
                std::fs::write(&file, code).map_err(|error| unavailable(&error.to_string()))?;
                let limits = match language {
                    Language::Js => LIMITS_BUT_MEMORY,
                    Language::Python => LIMITS,
                };
                command.arg(format!("{limits} exec {program} \"$0\" \"$@\"")).arg(file);
            }
            _ => return Err(invalid("a process needs its command or its code")),
        }
        for argument in &self.arguments {
            command.arg(scalar(argument, "arguments")?);
        }
        confine(&mut command, folder, &self.environment)?;
        command.stderr(Stdio::piped());
        Ok(command)
    }
}

/// Gives a process a folder, an environment and a group of its own.
pub(crate) fn confine(
    command: &mut Command,
    folder: &Path,
    environment: &Map<String, Value>,
) -> Result<(), CallError> {
    command.env_clear().env("PATH", PATH).env("HOME", folder).current_dir(folder);
    for (name, value) in environment {
        command.env(name, scalar(value, name)?);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
    Ok(())
}

async fn finish(mut command: Command, stdin: Option<&str>) -> Result<Ended, CallError> {
    let failed = |error: std::io::Error| unavailable(&error.to_string());
    let mut child = command.spawn().map_err(failed)?;
    let group = child.id();
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut input), Some(text)) = (input, stdin) {
            // A process need not read what it is given.
            drop(input.write_all(text.as_bytes()).await);
        }
    };
    let guard = Group(group);
    let ((), stdout, stderr, status) =
        tokio::join!(feed, collect(output), collect(errors), child.wait());
    drop(guard);
    let status = status.map_err(failed)?;
    Ok(Ended { code: status.code().unwrap_or(-1), stdout: stdout?, stderr: stderr? })
}

/// Ends what a process left behind.
#[derive(Debug)]
pub(crate) struct Group(pub(crate) Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let id =
            self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // Nothing is left of it in most cases, which is no mistake.
            let _is_gone =
                rustix::process::kill_process_group(id, rustix::process::Signal::KILL).is_err();
        }
    }
}

async fn collect(stream: Option<impl AsyncRead + Unpin>) -> Result<String, CallError> {
    let Some(stream) = stream else { return Ok(String::new()) };
    let mut bytes = Vec::new();
    let mut stream = stream.take(OUTPUT_BYTES_MAX + 1);
    stream.read_to_end(&mut bytes).await.map_err(|error| unavailable(&error.to_string()))?;
    if OUTPUT_BYTES_MAX < u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(CallError::Rejected {
            status: 500,
            code: "process failed".to_owned(),
            detail: format!("the process wrote more than {OUTPUT_BYTES_MAX} bytes"),
        });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(crate) fn refused(detail: &str) -> CallError {
    CallError::Rejected {
        status: 403,
        code: connector_kit::NOT_ALLOWED.to_owned(),
        detail: detail.to_owned(),
    }
}

pub(crate) fn unavailable(detail: &str) -> CallError {
    CallError::Unavailable { status: None, retry_after: None, detail: detail.to_owned() }
}

fn after(timeout: Duration) -> CallError {
    CallError::Ambiguous {
        status: None,
        detail: format!("the process did not end within {timeout:?} and was killed"),
    }
}
