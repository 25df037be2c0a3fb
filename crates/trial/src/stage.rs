//! The stage of a trial: the simulators in one process, the platform in another.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use connector_kit::http::plain_client;
use store::{PgConnectOptions, local::ServerInfo};

const READY_DEADLINE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// A folder, two ports, and the processes on them.
pub(crate) struct Stage {
    program: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) platform_port: u16,
    pub(crate) sandbox_port: u16,
    sandbox: Option<Child>,
    platform: Option<Child>,
    /// Further nodes on the same database.
    beside: Vec<Child>,
}

impl Stage {
    /// Starts the simulators. The platform is started by [`Stage::start`].
    pub(crate) async fn set(program: &Path, name: &str) -> anyhow::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("handoff-trial-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut stage = Self {
            program: program.to_owned(),
            folder,
            platform_port: free_port()?,
            sandbox_port: free_port()?,
            sandbox: None,
            platform: None,
            beside: Vec::new(),
        };
        let log = std::fs::File::create(stage.folder.join("sandbox.log"))?;
        let mut command = Command::new(&stage.program);
        command.args([
            "sandbox",
            "--listen",
            &format!("127.0.0.1:{}", stage.sandbox_port),
            "--ledger-dir",
        ]);
        command.arg(stage.folder.join("ledgers")).stdout(Stdio::null()).stderr(log);
        stage.sandbox = Some(command.spawn().context("the sandbox did not start")?);
        stage.wait_for(stage.sandbox_port, "/_sandbox/providers").await?;
        Ok(stage)
    }

    /// Starts the platform and waits until it is ready.
    pub(crate) async fn start(&mut self, extra: &[(&str, String)]) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.launch(extra)?;
        self.wait_for(self.platform_port, "/readyz").await?;
        Ok(began.elapsed())
    }

    /// Waits until the platform is ready, and says for how long.
    pub(crate) async fn ready(&self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.wait_for(self.platform_port, "/readyz").await?;
        Ok(began.elapsed())
    }

    /// Starts the platform without waiting.
    pub(crate) fn launch(&mut self, extra: &[(&str, String)]) -> anyhow::Result<()> {
        let mut command = self.command(self.platform_port)?;
        for (name, value) in extra {
            command.env(name, value);
        }
        self.platform = Some(command.spawn().context("the platform did not start")?);
        Ok(())
    }

    /// Starts another node on the same database, waits until it is ready, and gives its process.
    pub(crate) async fn start_beside(&mut self) -> anyhow::Result<u32> {
        let port = free_port()?;
        let database =
            format!("postgres://handoff@localhost/handoff?host={}", self.socket()?.display());
        let mut command = self.command(port)?;
        let node = command.env("DATABASE_URL", database).spawn().context("a node did not start")?;
        let pid = node.id();
        self.beside.push(node);
        self.wait_for(port, "/readyz").await?;
        Ok(pid)
    }

    fn command(&self, port: u16) -> anyhow::Result<Command> {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.folder.join("platform.log"))?;
        let simulator = |name: &str| format!("http://127.0.0.1:{}/sim/{name}", self.sandbox_port);
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(self.data())
            .env_remove("DATABASE_URL")
            .env("HANDOFF_LOG", "warn")
            .env("HANDOFF_ALLOWED_PRIVATE_HOSTS", format!("127.0.0.1:{}", self.sandbox_port))
            .env("MWD_INVOICE_SYSTEM_URL", simulator("invoice_system"))
            .env("MWD_INVOICE_SYSTEM_API_KEY", "isk_sandbox_0000")
            .env("MWD_WEBHOOK_SECRET", sandbox::WEBHOOK_SECRET)
            .env("SLACK_BOT_TOKEN", "xoxb-sandbox-0000")
            .env("SLACK_CHANNEL", "C0SANDBOX")
            .env("SLACK_API_URL", format!("{}/api", simulator("slack")))
            .env("NOTION_TOKEN", "ntn_sandbox_0000")
            .env("NOTION_DATA_SOURCE_ID", "5a4db0c5-0000-4000-8000-00000000d5d5")
            .env("NOTION_API_URL", simulator("notion"))
            .env("ANTHROPIC_API_KEY", "sk-ant-sandbox")
            .env("AI_BASE_URL", simulator("anthropic"))
            .stdout(Stdio::null())
            .stderr(log);
        Ok(command)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.platform_port)
    }

    /// A new token of an owner, from the program's own command line.
    pub(crate) fn owner_token(&self) -> anyhow::Result<String> {
        let made = Command::new(&self.program)
            .args(["token", "create", "trial", "--role", "owner", "--json", "--data"])
            .arg(self.data())
            .env_remove("DATABASE_URL")
            .output()?;
        let made: serde_json::Value = serde_json::from_slice(&made.stdout)
            .with_context(|| format!("no token: {}", String::from_utf8_lossy(&made.stderr)))?;
        made["token"].as_str().map(str::to_owned).context("no token in the answer")
    }

    pub(crate) fn platform_pid(&self) -> Option<u32> {
        self.platform.as_ref().map(Child::id)
    }

    /// Kills the platform the hard way, and the nodes beside it.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        for mut node in self.beside.drain(..) {
            node.kill()?;
            node.wait()?;
        }
        if let Some(mut child) = self.platform.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Whether the platform ended by itself.
    pub(crate) fn has_ended(&mut self) -> anyhow::Result<bool> {
        match &mut self.platform {
            Some(child) => Ok(child.try_wait()?.is_some()),
            None => Ok(true),
        }
    }

    /// How the platform's private database is reached.
    pub(crate) fn database(&self) -> anyhow::Result<PgConnectOptions> {
        Ok(self.server()?.connect_options())
    }

    fn socket(&self) -> anyhow::Result<PathBuf> {
        Ok(self.server()?.socket_dir)
    }

    fn server(&self) -> anyhow::Result<ServerInfo> {
        let text = std::fs::read(self.data().join("server.json")).context("no server runs")?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Has the next calls of a provider answered after a while.
    pub(crate) async fn slow_down(
        &self,
        provider: &str,
        ms: u64,
        calls: usize,
    ) -> anyhow::Result<()> {
        let url = format!("http://127.0.0.1:{}/_sandbox/faults/{provider}", self.sandbox_port);
        let fault = serde_json::json!({ "what": "slow", "ms": ms, "times": calls });
        let answer = plain_client(Duration::from_secs(5))?.put(url).json(&fault).send().await?;
        answer.error_for_status()?;
        Ok(())
    }

    async fn wait_for(&self, port: u16, path: &str) -> anyhow::Result<()> {
        let client = plain_client(Duration::from_secs(2))?;
        let url = format!("http://127.0.0.1:{port}{path}");
        let deadline = Instant::now() + READY_DEADLINE;
        while Instant::now() < deadline {
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        anyhow::bail!(
            "{url} did not answer within {READY_DEADLINE:?}; see {}",
            self.folder.display()
        )
    }

    /// Ends both processes and removes the folder.
    pub(crate) fn strike(mut self) -> anyhow::Result<()> {
        self.kill()?;
        self.end_sandbox();
        // Started by root, the program keeps the database's files elsewhere, and a link to them here.
        if let Ok(elsewhere) = std::fs::read_link(self.data().join("postgres"))
            && let Some(whole) = elsewhere.parent()
        {
            // The server ends a moment after the program.
            let deadline = Instant::now() + READY_DEADLINE;
            while let Err(error) = std::fs::remove_dir_all(whole) {
                anyhow::ensure!(Instant::now() < deadline, "{}: {error}", whole.display());
                std::thread::sleep(POLL);
            }
        }
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    fn end_sandbox(&mut self) {
        if let Some(mut child) = self.sandbox.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.kill());
        self.end_sandbox();
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
