//! The demo: everything on this machine, one client's intake, each step shown as it happens.

mod check;
mod sign_in;
mod watch;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use domain::Caller;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    config::Config,
    database,
    node::{self, Node, NodeOptions},
    serve, server,
};

pub use check::Checked;

/// How long the journey may take.
const JOURNEY_MAX: Duration = Duration::from_secs(90);

/// How to show the demo.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    pub config: Config,
    /// Do the journey, check it, and end.
    pub once: bool,
    /// Print one JSON object instead of text.
    pub json: bool,
    /// The address was asked for, so another one will not do.
    pub is_listen_given: bool,
}

/// What the demo came to.
#[derive(Debug, Serialize)]
struct Summary {
    ok: bool,
    address: String,
    run_id: String,
    lead_id: String,
    external_lead_id: String,
    seconds: f64,
    outside_calls: usize,
    checks: Vec<Checked>,
}

/// Runs the demo. The exit code is not 0 when the journey or a check failed.
pub async fn run(options: DemoOptions) -> anyhow::Result<ExitCode> {
    let say = Say { quiet: options.json };
    let mut config = options.config;
    config.sandbox = true;
    say.line("Starting a private PostgreSQL, the platform and the simulators …");
    let opened = database::open(&config).await?;
    anyhow::ensure!(
        opened.attached.is_none(),
        "a server already runs on {}; use another --data, or stop it first",
        config.data.display()
    );
    config.is_only_node = true;
    let node = match start(&opened, &config, options.is_listen_given).await {
        Ok(node) => node,
        Err(error) => {
            opened.close().await;
            return Err(error);
        }
    };
    serve::announce(&opened, &node, &config)?;
    let journey = journey(&node, say).await;
    let outcome = match journey {
        Ok(summary) => {
            finish(&summary, options.json, say)?;
            if summary.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            if options.once {
                node.stop().await;
                opened.close().await;
                return Err(error);
            }
            say.line(&format!("The journey failed: {error:#}"));
            ExitCode::FAILURE
        }
    };
    if !options.once {
        invite(&node, say).await?;
        server::until_told_to_stop().await;
        say.line("Stopping …");
    }
    node.stop().await;
    opened.close().await;
    Ok(outcome)
}

/// Starts on the configured address. When somebody else has it, and nobody asked for it, a free port
/// does.
async fn start(
    opened: &database::Opened,
    config: &Config,
    is_listen_given: bool,
) -> anyhow::Result<Node> {
    let mut config = config.clone();
    if !is_listen_given && tokio::net::TcpListener::bind(config.listen).await.is_err() {
        config.listen.set_port(0);
    }
    Node::start(NodeOptions::new(opened.options.clone(), config)?).await
}

async fn journey(node: &Node, say: Say) -> anyhow::Result<Summary> {
    let tenant = node.default_tenant.context("the sandbox made no tenant")?;
    let started = std::time::Instant::now();
    let sandbox = node.sandbox.as_deref().context("the demo runs without its sandbox")?;
    let intake = sandbox.sample_intake(serde_json::Map::new())?;
    say.line(&format!("Ready at http://{}", node.address));
    say.line("");
    say.line("A client filled in the intake form. The invoice system sends us the webhook:");
    let answer = sandbox.send_intake(&intake).await?;
    say.line(&format!("  POST /api/intake  →  {} {}", answer.status, answer.body));
    anyhow::ensure!(answer.status == 200, "the webhook was refused");
    say.line("");
    let run = watch::until_done(&node.app, tenant, &intake.event_id, JOURNEY_MAX, say).await?;
    let seconds = started.elapsed().as_secs_f64();
    let result = check::check(node, tenant, &run).await?;
    Ok(Summary {
        ok: result.checks.iter().all(|check| check.ok),
        address: node.base(),
        run_id: run.run_id.to_string(),
        lead_id: result.lead_id,
        external_lead_id: result.external_lead_id,
        seconds,
        outside_calls: result.outside_calls,
        checks: result.checks,
    })
}

fn finish(summary: &Summary, json: bool, say: Say) -> anyhow::Result<()> {
    if json {
        say.data(&serde_json::to_string_pretty(summary)?);
        return Ok(());
    }
    say.line("");
    say.line(&format!(
        "Done in {:.1} s with {} calls outside. Checked against the simulators' ledgers:",
        summary.seconds, summary.outside_calls
    ));
    for check in &summary.checks {
        let mark = if check.ok { "ok    " } else { "FAILED" };
        say.line(&format!("  {mark}  {}  ({})", check.what, check.seen));
    }
    Ok(())
}

/// Says what to try next, with a token to try it with.
async fn invite(node: &Node, say: Say) -> anyhow::Result<()> {
    let tenant = node.default_tenant.context("the sandbox made no tenant")?;
    let caller = Caller::system(tenant, "demo");
    let input = json!({ "name": "demo", "role": "owner", "expires_in_days": 1 });
    let created = node.app.invoke(&caller, "create_token", input).await.map_err(node::problem)?;
    let token = created.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = node.base();
    let password = sign_in::prepare(node, tenant).await?;
    say.line("");
    say.line(&format!("It stays up. Sign in at {url} with"));
    say.line(&format!("  {}   {}", sign_in::EMAIL, password.expose()));
    say.line("");
    say.line("An owner's token for a day, for programs:");
    say.line(&format!("  export HANDOFF_URL={url} HANDOFF_TOKEN={token}"));
    say.line("");
    say.line("Three things to try:");
    say.line("  curl -H \"Authorization: Bearer $HANDOFF_TOKEN\" $HANDOFF_URL/v1/leads");
    say.line("  curl -H \"Authorization: Bearer $HANDOFF_TOKEN\" $HANDOFF_URL/v1/runs");
    say.line("  curl \"$HANDOFF_URL/_sandbox/ledger?provider=slack\"");
    say.line("");
    say.line("Ctrl-C stops it. What was stored stays for the next start.");
    Ok(())
}

/// Where the demo speaks: text for people on standard output, or nothing but the final JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Say {
    quiet: bool,
}

impl Say {
    pub(crate) fn line(self, text: &str) {
        if !self.quiet {
            self.data(text);
        }
    }

    #[expect(clippy::unused_self, reason = "the one door to standard output")]
    fn data(self, text: &str) {
        use std::io::Write as _;
        // A reader that left (`| head`) must not end the demo.
        drop(writeln!(std::io::stdout(), "{text}"));
    }
}

/// Where the demo keeps its data unless told otherwise: apart from a real installation's.
pub fn default_data(config: &Config) -> PathBuf {
    config.data.with_file_name("handoff-demo")
}

/// Used by the modules of the demo.
pub(crate) type App = Arc<domain::App>;
