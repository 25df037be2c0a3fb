//! One side: a real program on a port, with a database and a folder of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use connector_kit::http::plain_client;
use serde_json::{Value, json};
use store::{PgConnectOptions, local::ServerInfo};

use super::{Conversation, Ends};

const READY_DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// The secret that signs webhooks from one side to the other.
const WEBHOOK_SECRET: &str = "two-sides-webhook-secret-0000";

/// The simulators of everything that is neither side.
pub(crate) struct Sandbox {
    child: Child,
    port: u16,
}

/// A program that is killed and started again.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    variables: Vec<(&'static str, String)>,
    child: Option<Child>,
}

/// A side's REST interface for one token.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Conversation {
    /// Starts both sides and introduces them to each other.
    pub(crate) async fn begin(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let sandbox = Sandbox::start(program, folder).await?;
        let mut invoice_system = Side::new("invoice system", program, folder, "invoice-system")?;
        let mut assistant = Side::new("assistant", program, folder, "assistant")?;
        invoice_system.variables =
            vec![("HANDOFF_ALLOWED_PRIVATE_HOSTS", format!("127.0.0.1:{}", assistant.port))];
        invoice_system.start().await?;
        let business = invoice_system.command(&["tenant", "create", "Studio", "--json"])?;
        let owner = invoice_system.api(text(&business, "token")?)?;
        let new = json!({ "name": "website_form", "role": "partner", "rate_per_minute": 100_000 });
        let agent_key = owner.must("POST", "/v1/tokens", &new).await?;
        let simulator = |name: &str| format!("http://127.0.0.1:{}/sim/{name}", sandbox.port);
        assistant.variables = vec![
            (
                "HANDOFF_ALLOWED_PRIVATE_HOSTS",
                format!("127.0.0.1:{},127.0.0.1:{}", invoice_system.port, sandbox.port),
            ),
            ("MWD_INVOICE_SYSTEM_URL", invoice_system.url()),
            ("MWD_INVOICE_SYSTEM_API_KEY", text(&agent_key, "token")?.to_owned()),
            ("MWD_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("SLACK_BOT_TOKEN", "xoxb-sandbox-0000".to_owned()),
            ("SLACK_CHANNEL", "C0SANDBOX".to_owned()),
            ("SLACK_API_URL", format!("{}/api", simulator("slack"))),
            ("NOTION_TOKEN", "ntn_sandbox_0000".to_owned()),
            ("NOTION_DATA_SOURCE_ID", "5a4db0c5-0000-4000-8000-00000000d5d5".to_owned()),
            ("NOTION_API_URL", simulator("notion")),
            ("ANTHROPIC_API_KEY", "sk-ant-sandbox".to_owned()),
            ("AI_BASE_URL", simulator("anthropic")),
        ];
        assistant.start().await?;
        let create = ["token", "create", "tester", "--role", "owner", "--rate", "100000", "--json"];
        let tester = assistant.command(&create)?;
        let tester = assistant.api(text(&tester, "token")?)?;
        let new =
            json!({ "name": "invoice_system", "role": "partner", "rate_per_minute": 100_000 });
        let sender = tester.must("POST", "/v1/tokens", &new).await?;
        let settings = json!({
            "enabled": true,
            "agent_api_url": assistant.url(),
            "agent_api_key": text(&sender, "token")?,
            "webhook_secret": WEBHOOK_SECRET,
            "auto_create_leads": true,
            "auto_attach_deliverables": true,
        });
        let connection = json!({ "settings": settings });
        owner.must("PUT", "/v1/connections/assistant", &connection).await?;
        let new = json!({ "name": "owner", "role": "owner", "rate_per_minute": 100_000 });
        let owner = owner.must("POST", "/v1/tokens", &new).await?;
        let owner = invoice_system.api(text(&owner, "token")?)?;
        let form = json!({ "title": "Tell us about your project", "assigned_to": "sales_team" });
        let form = owner.must("POST", "/v1/intake-forms", &form).await?;
        let form = text(&form, "form_id")?.to_owned();
        let ends = Ends { invoice_system: owner, assistant: tester, form };
        Ok(Self {
            invoice_system: invoice_system.into(),
            assistant: assistant.into(),
            ends,
            sandbox,
        })
    }

    pub(crate) fn end(self) {
        drop(self.invoice_system);
        drop(self.assistant);
        drop(self.sandbox);
    }
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    let found = value.get(name).and_then(Value::as_str);
    found.with_context(|| format!("no `{name}` in {value}"))
}

impl Sandbox {
    async fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let log = std::fs::File::create(folder.join("sandbox.log"))?;
        let mut command = Command::new(program);
        command.args(["sandbox", "--listen", &format!("127.0.0.1:{port}"), "--ledger-dir"]);
        command.arg(folder.join("ledgers")).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().context("the sandbox did not start")?;
        wait_for(port, "/_sandbox/providers").await?;
        Ok(Self { child, port })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Side {
    fn new(name: &'static str, program: &Path, folder: &Path, short: &str) -> anyhow::Result<Self> {
        let (program, folder) = (program.to_owned(), folder.join(short));
        std::fs::create_dir_all(&folder)?;
        Ok(Self { name, program, folder, port: free_port()?, variables: Vec::new(), child: None })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let path = self.folder.join("program.log");
        let log = std::fs::File::options().append(true).create(true).open(path)?;
        let mut command = self.program();
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)]);
        command.env("HANDOFF_LOG", "warn").stdout(Stdio::null()).stderr(log);
        let spawned =
            command.spawn().with_context(|| format!("the {} did not start", self.name))?;
        self.child = Some(spawned);
        wait_for(self.port, "/readyz").await?;
        Ok(began.elapsed())
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_remove("DATABASE_URL").env("HANDOFF_DATA", self.data());
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// What a command of the program prints about this side.
    fn command(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.program().args(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{}: {arguments:?} failed: {said}", self.name);
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn api(&self, token: &str) -> anyhow::Result<Api> {
        let client = plain_client(Duration::from_secs(10))?;
        Ok(Api { client, url: self.url(), token: token.to_owned() })
    }

    /// Kills it the hard way.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// How its private database is reached.
    pub(crate) fn database(&self) -> anyhow::Result<PgConnectOptions> {
        let text = std::fs::read(self.data().join("server.json")).context("no server runs")?;
        let info: ServerInfo = serde_json::from_slice(&text)?;
        Ok(info.connect_options())
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

impl Api {
    /// Asks until there is an answer that is not for later. A write carries the key under which it is
    /// recognised when it is asked for again.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        loop {
            let url = format!("{}{path}", self.url);
            let mut request = self.client.request(method.clone(), url).bearer_auth(&self.token);
            if !key.is_empty() {
                request = request.header("idempotency-key", key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status().as_u16();
                if let Ok(text) = answer.text().await
                    && !matches!(status, 429 | 503)
                    && !(status == 409 && text.contains("idempotency-key-in-flight"))
                {
                    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                    return Ok((status, value));
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, value) = self.ask("GET", path, "", None).await?;
        anyhow::ensure!(status == 200, "GET {path}: {status} {value}");
        Ok(value)
    }

    /// A write that must succeed, under a key that its path and body decide.
    pub(crate) async fn write(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let (status, value) = self.ask(method, path, key, Some(body)).await?;
        anyhow::ensure!(status < 300, "{method} {path}: {status} {value}");
        Ok(value)
    }

    /// A write of the preparations, which is not repeated: its answer may hold a secret.
    async fn must(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.write(method, path, "", body).await
    }
}

async fn wait_for(port: u16, path: &str) -> anyhow::Result<()> {
    let client = plain_client(Duration::from_secs(2))?;
    let url = format!("http://127.0.0.1:{port}{path}");
    let deadline = Instant::now() + READY_DEADLINE;
    while Instant::now() < deadline {
        if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    anyhow::bail!("{url} did not answer within {READY_DEADLINE:?}")
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
