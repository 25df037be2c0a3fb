//! The program that a judge judges: freshly started, with the sandbox, on a database of its own.

use std::{
    fs::File,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::Judge;
use crate::{postgres, workspace};

const READY_DEADLINE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(50);
const STOP_DEADLINE: Duration = Duration::from_secs(20);
/// Ports of this machine that a judge may serve on and the program may call.
const PEER_PORTS: usize = 4;

pub struct Stage {
    pub folder: PathBuf,
    pub url: String,
    pub token: String,
    pub peer_ports: Vec<u16>,
    pub program: PathBuf,
    process: Child,
}

impl Stage {
    pub fn set(judge: &Judge) -> anyhow::Result<Self> {
        let name = format!("handoff-judge-{}-{}", judge.name, std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        let program = workspace::target()?.join("debug/handoff");
        let peer_ports = free_ports()?;
        let hosts: Vec<String> =
            peer_ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let process = Command::new(&program)
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .env_remove("DATABASE_URL")
            .env("HANDOFF_LOG", "info")
            .env("HANDOFF_ALLOWED_PRIVATE_HOSTS", hosts.join(","))
            .env("HANDOFF_TRUSTED_PROXIES", "127.0.0.1")
            .env("HANDOFF_POSTGRES_BIN", postgres::ensure()?.folder)
            .envs(settings(judge, &peer_ports)?)
            .current_dir(workspace::root())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("program.log"))?)
            .spawn()
            .context("the program did not start")?;
        let (url, token) = (String::new(), String::new());
        let mut stage = Self { folder, url, token, peer_ports, program, process };
        stage.url = stage.wait()?;
        stage.token = stage.owner_token()?;
        Ok(stage)
    }

    /// Waits until the program says where it listens, which it does when it is ready.
    fn wait(&mut self) -> anyhow::Result<String> {
        let began = Instant::now();
        let announcement = self.folder.join("data/server.json");
        while began.elapsed() < READY_DEADLINE {
            if let Some(status) = self.process.try_wait()? {
                bail!("the program ended ({status}); see {}/program.log", self.folder.display());
            }
            let said = std::fs::read(&announcement).unwrap_or_default();
            let said: Value = serde_json::from_slice(&said).unwrap_or_default();
            if let Some(address) = said["address"].as_str() {
                return Ok(address.to_owned());
            }
            std::thread::sleep(POLL);
        }
        bail!("the program was not ready in {READY_DEADLINE:?}; see {}", self.folder.display())
    }

    fn owner_token(&self) -> anyhow::Result<String> {
        let mut create = Command::new(&self.program);
        create.args(["token", "create", "judge", "--role", "owner", "--rate", "1000000", "--json"]);
        create.arg("--data").arg(self.folder.join("data")).env_remove("DATABASE_URL");
        let created: Value = serde_json::from_str(&workspace::output(&mut create)?)?;
        created["token"].as_str().map(ToOwned::to_owned).context("no token was created")
    }

    /// Stops the program as an operator would, and removes the folder.
    pub fn strike(mut self) -> anyhow::Result<()> {
        self.stop()?;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        if self.process.try_wait()?.is_some() {
            return Ok(());
        }
        workspace::output(Command::new("kill").arg(self.process.id().to_string()))?;
        let began = Instant::now();
        while self.process.try_wait()?.is_none() {
            if STOP_DEADLINE < began.elapsed() {
                self.process.kill()?;
                self.process.wait()?;
                bail!("the program did not stop in {STOP_DEADLINE:?}");
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("{error:#}");
        }
    }
}

/// What the judge's `program.env` sets, line by line; `$PEER_PORT` is the first of the judge's ports.
fn settings(judge: &Judge, peer_ports: &[u16]) -> anyhow::Result<Vec<(String, String)>> {
    let file = judge.folder.join("program.env");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let port = peer_ports.first().map(ToString::to_string).unwrap_or_default();
    let text = std::fs::read_to_string(&file)?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("{}: `{line}` sets nothing", file.display()))?;
            Ok((name.to_owned(), value.replace("$PEER_PORT", &port)))
        })
        .collect()
}

/// Held together, so that they differ; free again when this returns.
fn free_ports() -> anyhow::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> =
        (0..PEER_PORTS).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let ports: Result<Vec<u16>, _> =
        listeners.iter().map(|it| it.local_addr().map(|address| address.port())).collect();
    Ok(ports?)
}
