//! `handoff flow run`: a definition in memory, with time that jumps.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use connector_kit::{
    Call, Connection, Connector, Effect, UsageLog,
    http::{EgressPolicy, Http},
};
use flow::{
    FlowError, Program, RunWorkflow, Status,
    memory::{self, Answer, CallRequest, Happening},
};
use kernel::{Clock as _, SystemClock};
use protocols::{AllowedProcesses, Means, Protocols, Rewrites, Secrets};
use serde_json::{Value, json};

use super::{bundle::PrivateHosts, catalog, compile, lines, read_json};
use crate::{cli::output, failure::Failure, outside::Adapters};

/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) const HELP: &str = "\
Examples:
  handoff flow run flow.yaml --input '{\"name\":\"Ada\"}'
  handoff flow run flow.yaml --input @input.yaml --answer 'slack.post_message={\"channel\":\"C1\",\"ts\":\"1\"}' --json
  handoff flow run flow.yaml --rewrite-host petstore.example.com=127.0.0.1:8080 --json

Calls of a protocol (`call: http`) are made, unless an --answer stands for them (--answer 'http={...}'). Calls
of `ai.` functions are answered by the offline composer. Every other call needs an --answer.

Exit status: 0 completed, 2 the file or an argument is wrong, 3 anything else.";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A flow file.
    file: PathBuf,
    /// The input: JSON, or @FILE (JSON or YAML).
    #[arg(long, default_value = "null")]
    input: String,
    /// What a call answers: NAME=JSON, or NAME=@FILE. Repeat it for each function.
    #[arg(long = "answer", value_name = "NAME=JSON")]
    answers: Vec<String>,
    /// An event to deliver, as a CloudEvents object: JSON or @FILE. Repeat it for several.
    #[arg(long = "event", value_name = "JSON")]
    events: Vec<String>,
    /// A secret that the flow may use: NAME=JSON, or NAME=@FILE. Repeat it for several.
    #[arg(long = "secret", value_name = "NAME=JSON")]
    secrets: Vec<String>,
    /// Reach a host elsewhere: FROM=TO, as in shop.example.com=127.0.0.1:8080. Repeat it for several.
    #[arg(long = "rewrite-host", value_name = "FROM=TO")]
    rewrite_hosts: Vec<String>,
    #[command(flatten)]
    private_hosts: PrivateHosts,
    /// Let the flow run `script` or `shell` processes on this machine.
    #[arg(
        long = "allow-run",
        value_name = "KIND",
        env = "HANDOFF_ALLOW_RUN",
        value_delimiter = ','
    )]
    allow_run: Vec<String>,
    /// Another flow file, which the flow may run. Repeat it for several; the shipped flows are known anyway.
    #[arg(long = "flow", value_name = "FILE")]
    flows: Vec<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What answers the calls of a run.
struct Answers {
    given: HashMap<String, Value>,
    adapters: Arc<Adapters>,
    protocols: Protocols,
    secrets: Secrets,
    /// The flows that may be run.
    programs: Vec<Arc<Program>>,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (adapters, flows) = catalog()?;
    let read = |file: &Path| -> anyhow::Result<Arc<Program>> {
        let checked = compile(&flows, file, &arguments.private_hosts.hosts)?;
        Ok(Arc::new(checked.map_err(|problems| Failure::Usage(lines(file, &problems)))?))
    };
    let program = read(&arguments.file)?;
    let mut programs = vec![Arc::clone(&program)];
    for file in &arguments.flows {
        programs.push(read(file)?);
    }
    programs.extend(flows.shipped().all().cloned());
    let input = read_json("--input", &arguments.input)?;
    let started_at = SystemClock.now();
    let given = arguments
        .events
        .iter()
        .map(|text| Ok((started_at, Happening::Event(read_event(text)?))))
        .collect::<anyhow::Result<_>>()?;
    let secrets = read_named("--secret", &arguments.secrets)?;
    let answers = Answers {
        given: read_named("--answer", &arguments.answers)?.into_iter().collect(),
        adapters,
        protocols: protocols(&arguments)?,
        secrets: Secrets::new(secrets.into_iter().collect()),
        programs,
    };
    let json = arguments.json;
    let protocols = answers.protocols.clone();
    let prepared: Vec<String> = answers.given.keys().cloned().collect();
    // The interpreter is synchronous; what answers it is not.
    let outcome = tokio::task::spawn_blocking(move || {
        let mut answer = |request: &CallRequest| answers.answer(request);
        let options = memory::Options { given, ..memory::Options::new(started_at, &mut answer) };
        memory::run(&program, input, options)
    })
    .await
    .context("the run panicked")?;
    for name in outcome.never_called(prepared.iter().map(String::as_str)) {
        output::note(&format!("nothing called `{name}`, so its --answer was not used"));
    }
    for host in protocols.unused_rewrites() {
        output::note(&format!(
            "warning: nothing called `{host}`, so its --rewrite-host was not used"
        ));
    }
    let status = serde_json::to_value(outcome.status)?;
    let status = status.as_str().unwrap_or_default().to_lowercase();
    if json {
        output::json(&json!({
            "status": status, "output": outcome.output, "error": outcome.error,
            "tasks": outcome.tasks, "reason": outcome.reason,
        }));
    } else {
        output::line(&format!("status  {status}"));
        if let Some(value) = &outcome.output {
            output::line(&format!("output  {value:#}"));
        }
        if let Some(error) = &outcome.error {
            output::line(&format!("error   {:#}", json!(error)));
        }
        if let Some(reason) = &outcome.reason {
            output::line(&format!("reason  {reason}"));
        }
        for task in &outcome.tasks {
            output::line(&format!("task    {task}"));
        }
    }
    let done = outcome.status == Status::Completed;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn protocols(arguments: &Arguments) -> anyhow::Result<Protocols> {
    let mut rewrites = Rewrites::default();
    for text in &arguments.rewrite_hosts {
        rewrites.add(text).map_err(|reason| Failure::Usage(format!("--rewrite-host: {reason}")))?;
    }
    let mut allowed = arguments.private_hosts.hosts.clone();
    allowed.extend(rewrites.targets());
    let http = Http::new(EgressPolicy { allowed_private_hosts: allowed });
    let words = arguments.allow_run.iter().map(String::as_str);
    let allowed = AllowedProcesses::read(words)
        .map_err(|reason| Failure::Usage(format!("--allow-run: {reason}")))?;
    Ok(Protocols::new(http, Arc::new(SystemClock), rewrites).allowing(allowed))
}

/// An event that can be heard: one with a type.
fn read_event(text: &str) -> anyhow::Result<Value> {
    let event = read_json("--event", text)?;
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() {
        let form =
            "give the event a type: --event '{\"type\":\"order.paid\",\"data\":{\"order\":1}}'";
        return Err(Failure::usage(form).into());
    }
    Ok(event)
}

fn read_named(option: &str, texts: &[String]) -> anyhow::Result<Vec<(String, Value)>> {
    texts
        .iter()
        .map(|text| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::Usage(format!("{option} takes NAME=JSON, and `{text}` has no `=`"))
            })?;
            Ok((name.to_owned(), read_json(option, value)?))
        })
        .collect()
}

impl Answers {
    fn answer(&self, request: &CallRequest) -> Answer {
        if request.function == flow::RUN_WORKFLOW && !self.given.contains_key(&request.function) {
            return self.run_flow(request);
        }
        self.result(request).into()
    }

    fn run_flow(&self, request: &CallRequest) -> Answer {
        let (wanted, program) = match RunWorkflow::read(&request.input, self.programs.iter()) {
            Ok(found) => found,
            Err(error) => return Err(error).into(),
        };
        let mut answer = |request: &CallRequest| self.answer(request);
        let options = memory::Options::new(request.at, &mut answer);
        memory::run(program, wanted.input, options).as_answer(request.at)
    }

    fn result(&self, request: &CallRequest) -> Result<Value, FlowError> {
        if let Some(answer) = self.given.get(&request.function) {
            return Ok(answer.clone());
        }
        let here = tokio::runtime::Handle::current();
        let input = request.input.clone();
        if flow::is_protocol(&request.function) {
            let means = Means { secrets: &self.secrets, timeout: CALL_TIMEOUT };
            return here
                .block_on(self.protocols.call(&request.function, input, means))
                .map_err(|error| engine::flow_error(&error, Some(Effect::AtMostOnce)));
        }
        let refuse = |detail: String| {
            FlowError::new("https://handoff.dev/errors/no-answer", 424, "no answer")
                .with_detail(detail)
        };
        let missing =
            || refuse(format!("give the call an answer: --answer '{}={{…}}'", request.function));
        let name = request.function.strip_prefix("ai.").ok_or_else(missing)?;
        let connector: Option<&Connector> = self.adapters.connector("ai");
        let function = connector.and_then(|it| it.functions.iter().find(|it| it.name == name));
        let function = function.ok_or_else(missing)?;
        let call = Call {
            http: Http::new(EgressPolicy::default()),
            connection: Connection::new("ai", json!({ "provider": "offline" })),
            clock: Arc::new(SystemClock),
            key: format!("run-{}", request.call),
            attempt: request.attempt,
            timeout: CALL_TIMEOUT,
            usage: UsageLog::default(),
        };
        here.block_on((function.run)(call, input)).map_err(|error| refuse(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_needs_a_type() {
        assert!(read_event("{\"type\":\"paid\"}").is_ok());
        for wrong in ["{}", "{\"type\":\"\"}", "{\"type\":1}", "[]", "\"paid\""] {
            let told = read_event(wrong).unwrap_err().to_string();
            assert!(told.starts_with("give the event a type: --event '{"), "{wrong}: {told}");
        }
    }
}
