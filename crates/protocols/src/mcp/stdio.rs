//! The transport "stdio": a server of our own, if the operator allows processes, spoken to line by line.

use std::{fs::File, io::Read as _, process::ExitStatus};

use connector_kit::CallError;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Take},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Instant, timeout_at},
};

use super::{
    FAREWELL, OverStdio,
    message::{self, Message},
};
use crate::{
    AllowedProcesses,
    http::without_doubt,
    process::{Group, LIMITS_BUT_MEMORY, OUTPUT_BYTES_MAX, confine, refused, unavailable},
};

/// The name of the file that keeps what a server complains of.
const COMPLAINTS: &str = ".stderr";
/// How much of them is read.
const COMPLAINTS_BYTES_MAX: u64 = 4096;

/// A server that runs.
pub(super) struct Session {
    child: Child,
    /// Ends what the server leaves behind.
    group: Group,
    input: Option<ChildStdin>,
    output: BufReader<Take<ChildStdout>>,
    folder: TempDir,
    deadline: Instant,
    command: String,
}

impl Session {
    pub(super) fn start(
        allowed: AllowedProcesses,
        over: &OverStdio,
        deadline: Instant,
    ) -> Result<Self, CallError> {
        if !allowed.shell {
            return Err(refused(
                "the operator does not allow servers of `stdio`; they would need HANDOFF_ALLOW_RUN=shell",
            ));
        }
        let failed = |error: std::io::Error| unavailable(&error.to_string());
        let folder = tempfile::tempdir().map_err(failed)?;
        let complaints = File::create(folder.path().join(COMPLAINTS)).map_err(failed)?;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{LIMITS_BUT_MEMORY} exec \"$0\" \"$@\""));
        command.arg(&over.command).args(&over.arguments);
        confine(&mut command, folder.path(), &over.environment)?;
        command.stderr(complaints);
        let mut child = command.spawn().map_err(failed)?;
        let group = Group(child.id());
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(unavailable("the server has no streams"));
        };
        let output = BufReader::new(output.take(OUTPUT_BYTES_MAX));
        let command = over.command.clone();
        Ok(Self { child, group, input: Some(input), output, folder, deadline, command })
    }

    pub(super) async fn tell(&mut self, message: &Message) -> Result<(), CallError> {
        let deadline = self.deadline;
        let error = match timeout_at(deadline, self.write(&message.body)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(_pipe)) => self.ended(&message.method).await,
            Err(_elapsed) => self.late(&message.method),
        };
        Err(without_doubt(error, true))
    }

    pub(super) async fn ask(
        &mut self,
        message: &Message,
        is_repeatable: bool,
    ) -> Result<Value, CallError> {
        let deadline = self.deadline;
        let answered = async {
            self.write(&message.body).await?;
            self.answer(message).await
        };
        let error = match timeout_at(deadline, answered).await {
            Ok(Ok(Some(answer))) => return Ok(answer),
            Ok(Ok(None) | Err(_)) => self.ended(&message.method).await,
            Err(_elapsed) => self.late(&message.method),
        };
        Err(without_doubt(error, is_repeatable))
    }

    /// Lets the server end by itself, for a while.
    pub(super) async fn close(mut self) {
        drop(self.input.take());
        let _is_killed = timeout_at(self.farewell(), self.child.wait()).await.is_err();
        drop(self.group);
    }

    fn farewell(&self) -> Instant {
        self.deadline.min(Instant::now() + FAREWELL)
    }

    async fn write(&mut self, message: &Value) -> std::io::Result<()> {
        let input = self.input.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{message}\n").as_bytes()).await?;
        input.flush().await
    }

    /// Reads to the answer, or to the end.
    async fn answer(&mut self, asked: &Message) -> std::io::Result<Option<Value>> {
        loop {
            let mut line = Vec::new();
            if self.output.read_until(b'\n', &mut line).await? == 0 {
                return Ok(None);
            }
            // Some servers greet before they speak.
            let Ok(message) = serde_json::from_slice::<Value>(&line) else { continue };
            if let (Some(id), Some(method)) = (message.get("id"), message.get("method")) {
                self.write(&reply_to(id, method)).await?;
            } else if let Some(answer) = asked.answer_in(message) {
                return Ok(Some(answer));
            }
        }
    }

    /// Why nothing comes any more.
    async fn ended(&mut self, method: &str) -> CallError {
        let command = &self.command;
        if self.output.get_ref().limit() == 0 {
            let detail = format!("the server `{command}` wrote more than {OUTPUT_BYTES_MAX} bytes");
            return CallError::Unreadable { detail };
        }
        let farewell = self.farewell();
        let status = timeout_at(farewell, self.child.wait()).await.ok().and_then(Result::ok);
        let code = status.as_ref().and_then(ExitStatus::code).unwrap_or(-1);
        let mut complaints = Vec::new();
        let file = File::open(self.folder.path().join(COMPLAINTS));
        let _is_lost = file
            .and_then(|file| file.take(COMPLAINTS_BYTES_MAX).read_to_end(&mut complaints))
            .is_err();
        let complaints = message::short(&String::from_utf8_lossy(&complaints));
        let detail = format!(
            "the server `{command}` ended with code {code} before it answered `{method}`: {complaints}"
        );
        CallError::Ambiguous { status: None, detail }
    }

    fn late(&self, method: &str) -> CallError {
        let detail = format!("the server `{}` did not answer `{method}` in time", self.command);
        CallError::Ambiguous { status: None, detail }
    }
}

/// What a server may ask of us: whether we are there.
fn reply_to(id: &Value, method: &Value) -> Value {
    if method == "ping" {
        return json!({ "jsonrpc": "2.0", "id": id, "result": {} });
    }
    let error = json!({ "code": -32_601, "message": "not supported by this client" });
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}
