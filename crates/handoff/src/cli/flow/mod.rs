//! Flows: over HTTP where a server runs them, and in memory to check a file or try it out.

mod bundle;
mod run;
mod test;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Subcommand;
use flow::{Diagnostic, Program};
use serde_json::{Value, json};

use super::{
    output::{self, field},
    run::error_of,
    server::Server,
};
use crate::{failure::Failure, flows, outside::Adapters};

/// How often `flow start --wait` looks.
const WAIT_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Subcommand)]
pub(crate) enum FlowCommand {
    /// List the flows of a running server.
    #[command(after_help = "Example:\n  handoff flow list")]
    List {
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a flow with its source.
    #[command(after_help = "Example:\n  handoff flow show client-onboarding")]
    Show {
        /// The name that `flow list` shows.
        flow: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Save a flow file as a version of your own: of a flow that is there, or of a new one.
    #[command(
        after_help = "Examples:\n  handoff flow save welcome.yaml\n  handoff flow save welcome.yaml --keep"
    )]
    Save {
        /// A flow file.
        file: PathBuf,
        /// Only keep it: new runs go on with the version in use.
        #[arg(long)]
        keep: bool,
        #[command(flatten)]
        private_hosts: bundle::PrivateHosts,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the versions of a flow, and how many runs are still on each.
    #[command(after_help = "Example:\n  handoff flow versions client-onboarding")]
    Versions {
        /// The name that `flow list` shows.
        flow: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Start new runs from another version: an earlier one, or the first of a flow that was switched off.
    #[command(after_help = "Example:\n  handoff flow activate client-onboarding 1.0.0")]
    Activate {
        /// The name that `flow list` shows.
        flow: String,
        /// The version, or its digest, as `flow versions` shows.
        version: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Switch a flow off: nothing starts it any more. Runs that have begun go on.
    #[command(after_help = "Example:\n  handoff flow switch-off project-status")]
    SwitchOff {
        /// The name that `flow list` shows.
        flow: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Start a flow on a running server.
    #[command(
        after_help = "Example:\n  handoff flow start client-onboarding --input '[{\"delivery_id\":\"whd_…\"}]' --wait"
    )]
    Start {
        /// The name that `flow list` shows.
        flow: String,
        /// The input: JSON, or @FILE.
        #[arg(long, default_value = "null")]
        input: String,
        /// Wait until the run ends.
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Report every problem of flow files.
    #[command(after_help = CHECK_HELP)]
    Check {
        /// Flow files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        private_hosts: bundle::PrivateHosts,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Print a flow file with what it takes from elsewhere written into it.
    #[command(after_help = bundle::HELP)]
    Bundle {
        /// A flow file.
        file: PathBuf,
        #[command(flatten)]
        private_hosts: bundle::PrivateHosts,
    },
    /// Run a flow file in memory, with time that jumps. Needs neither server nor database.
    #[command(after_help = run::HELP)]
    Run(run::Arguments),
    /// Print a JSON Schema of flow files, for editors that complete and underline while you write.
    #[command(after_help = SCHEMA_HELP)]
    Schema,
    /// Play scenarios: files that hold a flow, what happens to it, and what must come of that.
    #[command(after_help = TEST_HELP)]
    Test {
        /// Scenario files, or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

const SCHEMA_HELP: &str = "\
Example:
  handoff flow schema > flow.schema.json

Then begin a flow file with this line, and an editor with a YAML language server completes it:
  # yaml-language-server: $schema=flow.schema.json

A schema cannot know everything; `handoff flow check` does.";

const CHECK_HELP: &str = "\
Example:
  handoff flow check flows/*.yaml

Each problem is told as FILE:LINE:COLUMN PATH: what is wrong, with the word that was probably meant. Warnings are
of what can run and most likely does not do what was meant: tasks that are never reached, rounds without an end.

Exit status: 0 sound (warnings or not), 2 anything else.";

const TEST_HELP: &str = "\
Example:
  handoff flow test scenarios

A scenario:
  title: A call that fails is made again
  flow:
    do:
      - ask:
          try: [{ post: { call: slack.post_message, with: { channel: C0123ABCD, text: hello } } }]
          catch: { retry: { delay: PT5S, limit: { attempt: { count: 1 } } } }
  answers:
    slack.post_message:
      - error: { type: https://example.com/errors/away, status: 503 }
      - output: { ts: '1' }
  expect:
    status: completed
    output: { ts: '1' }
    waited: PT5S

`input`, `given` (events, a cancellation or a retry, each `at` a time from the start) and more of `expect`
(`error`, `tasks`, `trace`, `calls`, `emitted`, `problems`) are told in docs/flow-semantics.md.";

pub(crate) async fn run(command: FlowCommand) -> anyhow::Result<ExitCode> {
    match command {
        FlowCommand::List { server, json } => {
            let list = server.get("/v1/flows", &[]).await?;
            output::list(
                &list,
                json,
                &["name", "version", "trigger", "schedule", "title"],
                "No flows.",
            );
        }
        FlowCommand::Show { flow, server, json } => {
            let found = server.get(&format!("/v1/flows/{flow}"), &[]).await?;
            if json { output::json(&found) } else { output::line(&field(&found, "source")) }
        }
        FlowCommand::Save { file, keep, private_hosts, server, json } => {
            let whole = bundle::whole(&file, &private_hosts.hosts)?
                .map_err(|problems| Failure::Usage(lines(&file, &problems)))?;
            let body = json!({ "source": whole.text(), "activate": !keep });
            let saved = server.post("/v1/flows", &body).await?;
            let (name, version) = (field(&saved, "name"), field(&saved, "version"));
            let what = if keep { "is kept" } else { "is in use" };
            output::say(&saved, json, &format!("{name} {version} {what}."));
        }
        FlowCommand::Versions { flow, server, json } => {
            let list = server.get(&format!("/v1/flows/{flow}/versions"), &[]).await?;
            let columns = ["version", "in_use", "shipped", "open_runs", "created_at", "digest"];
            output::list(&list, json, &columns, "No versions.");
        }
        FlowCommand::Activate { flow, version, server, json } => {
            let body = json!({ "version": version });
            let used = server.post(&format!("/v1/flows/{flow}/activate"), &body).await?;
            let version = field(&used, "version");
            output::say(&used, json, &format!("New runs of {flow} are of version {version}."));
        }
        FlowCommand::SwitchOff { flow, server, json } => {
            let off = server.post(&format!("/v1/flows/{flow}/switch-off"), &json!({})).await?;
            output::say(
                &off,
                json,
                &format!("Nothing starts {flow} any more. Runs that have begun go on."),
            );
        }
        FlowCommand::Start { flow, input, wait, server, json } => {
            return start(&flow, &input, wait, &server, json).await;
        }
        FlowCommand::Check { files, private_hosts, json } => {
            return check(&files, &private_hosts.hosts, json);
        }
        FlowCommand::Bundle { file, private_hosts } => bundle::print(&file, &private_hosts.hosts)?,
        FlowCommand::Run(arguments) => return run::run(arguments).await,
        FlowCommand::Schema => {
            let (_, flows) = catalog()?;
            output::json(&flow::editor_schema(flows.catalog()));
        }
        FlowCommand::Test { paths, json } => return test::test(&paths, json),
    }
    Ok(ExitCode::SUCCESS)
}

async fn start(
    flow: &str,
    input: &str,
    wait: bool,
    server: &Server,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let body = json!({ "input": read_json("--input", input)? });
    let started = server.post(&format!("/v1/flows/{flow}/runs"), &body).await?;
    let run_id = field(&started, "run_id");
    if !wait {
        if json {
            output::json(&started);
        } else {
            output::line(&format!("Started {run_id}."));
        }
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        let found = server.get(&format!("/v1/runs/{run_id}"), &[]).await;
        // The run begins within moments; until then there is nothing to show.
        if let Ok(run) = found
            && run.get("ended_at").is_some()
        {
            let status = field(&run, "status");
            if json {
                output::json(&run);
            } else {
                output::line(&format!("{run_id}  {status}"));
                if let Some(error) = error_of(&run) {
                    output::note(&format!("error: {error}"));
                    output::note(&format!("The journal: handoff run show {run_id}"));
                }
            }
            return Ok(if status == "completed" { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        tokio::time::sleep(WAIT_EVERY).await;
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml")
}

/// JSON from an argument, or JSON or YAML from the file named after `@`.
pub(super) fn read_json(option: &str, text: &str) -> anyhow::Result<Value> {
    let text = match text.strip_prefix('@') {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::Usage(format!("cannot read {path}: {error}")))?;
            if is_yaml(Path::new(path)) {
                return flow::read_yaml(&text).map_err(|reason| {
                    Failure::Usage(format!("{option}: {path}: {reason}")).into()
                });
            }
            text
        }
        None => text.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("{option} is not JSON: {error}")).into())
}

/// The connectors and the catalog of everything that a flow may call.
pub(super) fn catalog() -> anyhow::Result<(Arc<Adapters>, Arc<engine::Flows>)> {
    flows::without_database(None, &[])
}

fn compile(
    flows: &engine::Flows,
    file: &Path,
    private_hosts: &[String],
) -> anyhow::Result<Result<Program, Vec<Diagnostic>>> {
    Ok(bundle::whole(file, private_hosts)?
        .and_then(|whole| flows.check(whole.text()).map_err(|problems| whole.in_file(problems))))
}

/// Problems of a file, a line each.
fn lines(file: &Path, problems: &[Diagnostic]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}:{problem}", file.display())).collect();
    lines.join("\n")
}

fn check(files: &[PathBuf], private_hosts: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let (_, flows) = catalog()?;
    let mut all = Vec::new();
    let mut is_sound = true;
    for file in files {
        let checked = compile(&flows, file, private_hosts)?;
        let problems = match &checked {
            Ok(program) => program.warnings(),
            Err(problems) => problems,
        };
        for problem in problems {
            let mut problem = json!(problem);
            if let Some(object) = problem.as_object_mut() {
                object.shift_insert(0, "file".to_owned(), json!(file));
            }
            all.push(problem);
        }
        is_sound &= checked.is_ok();
        if json {
            continue;
        }
        if !problems.is_empty() {
            output::line(&lines(file, problems));
        }
        if let Ok(program) = &checked {
            let (name, version) = (program.name(), program.version());
            output::line(&format!("{}: {name} {version} is sound", file.display()));
        }
    }
    if json {
        output::json(&json!({ "ok": is_sound, "problems": all }));
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_from_an_argument_or_a_file() {
        assert_eq!(read_json("--input", "{\"a\":1}").unwrap(), json!({ "a": 1 }));
        let wrong = read_json("--input", "{a}").unwrap_err().to_string();
        assert!(wrong.starts_with("--input is not JSON"), "{wrong}");
        let missing = read_json("--input", "@/nowhere.json").unwrap_err().to_string();
        assert!(missing.starts_with("cannot read /nowhere.json"), "{missing}");
    }

    #[test]
    fn every_shipped_flow_compiles() {
        let (_, flows) = catalog().unwrap();
        assert!(flows.shipped().get("client-onboarding").is_some());
    }
}
