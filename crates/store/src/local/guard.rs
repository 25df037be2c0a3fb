//! The guard: a small process that runs PostgreSQL for as long as its parent lives.
//!
//! Its standard input is a pipe from the parent. The first line is the order; the end of the pipe,
//! which comes however the parent dies, means stop. A server that dies alone is started again.

use std::{
    io::{BufRead as _, Read as _},
    path::{Path, PathBuf},
    process::{Child, ExitCode},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::account::{self, Account};

/// How long a polite end may take before a harder one is tried.
const FAST_SHUTDOWN: Duration = Duration::from_secs(5);
/// A server left behind by a killed parent may have just begun to shut down.
const ORPHAN_SHUTDOWN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
const RESTART_PAUSE_FIRST: Duration = Duration::from_millis(100);
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(5);
/// A server that ran this long is not failing to start.
const STEADY: Duration = Duration::from_secs(30);
/// The longest order that is read.
const ORDER_MAX: u64 = 64 * 1024;

/// What to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) program: PathBuf,
    pub(super) cluster: PathBuf,
    /// What the server says before its own log is open.
    pub(super) start_log: PathBuf,
    pub(super) settings: Vec<(String, String)>,
    pub(super) account: Option<Account>,
}

#[derive(Debug)]
pub(super) enum Message {
    Stop,
    Exited,
}

/// The whole of the hidden subcommand that [`super::Guard::Program`] starts.
pub fn guard_main() -> ExitCode {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(ORDER_MAX).read_line(&mut line);
    // No order: somebody ran this by hand, or the parent died at once.
    let (Ok(_), Ok(order)) = (read, serde_json::from_str::<Order>(&line)) else {
        return ExitCode::FAILURE;
    };
    let (sender, inbox) = channel();
    let stop = sender.clone();
    thread::spawn(move || {
        let mut rest = Vec::new();
        // Nothing more is ever written: this returns when the parent is gone.
        drop(std::io::stdin().lock().read_to_end(&mut rest));
        drop(stop.send(Message::Stop));
    });
    supervise(&order, &sender, &inbox);
    ExitCode::SUCCESS
}

/// Runs the server, again and again, until told to stop.
pub(super) fn supervise(order: &Order, sender: &Sender<Message>, inbox: &Receiver<Message>) {
    let mut pause = RESTART_PAUSE_FIRST;
    loop {
        end_orphan(&order.cluster);
        let started = Instant::now();
        if let Some(mut server) = start(order) {
            let pid = Pid::from_child(&server);
            let exited = sender.clone();
            thread::spawn(move || {
                drop(server.wait());
                drop(exited.send(Message::Exited));
            });
            if !matches!(inbox.recv(), Ok(Message::Exited)) {
                return stop(pid, inbox);
            }
        }
        if STEADY <= started.elapsed() {
            pause = RESTART_PAUSE_FIRST;
        }
        match inbox.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => pause = RESTART_PAUSE_MAX.min(pause * 2),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn start(order: &Order) -> Option<Child> {
    let mut command = account::command(&order.program, order.account);
    command.arg("-D").arg(&order.cluster);
    for (name, value) in &order.settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let log = std::fs::File::create(&order.start_log).ok()?;
    command.stdin(std::process::Stdio::null()).stdout(log.try_clone().ok()?).stderr(log);
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            let complaint = format!("cannot run {}: {error}\n", order.program.display());
            drop(std::fs::write(&order.start_log, complaint));
            None
        }
    }
}

fn stop(pid: Pid, inbox: &Receiver<Message>) {
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        send(pid, signal);
        if matches!(inbox.recv_timeout(FAST_SHUTDOWN), Ok(Message::Exited)) {
            return;
        }
    }
}

fn send(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(%error, "the server ended before it was told to");
    }
}

/// Ends a server that runs on this cluster although nobody guards it any more.
///
/// We hold the lock, so it can only belong to a program that was killed.
pub(super) fn end_orphan(cluster: &Path) {
    for (signal, patience) in [
        (Signal::INT, ORPHAN_SHUTDOWN),
        (Signal::QUIT, FAST_SHUTDOWN),
        (Signal::KILL, FAST_SHUTDOWN),
    ] {
        let Some(pid) = running_server(cluster) else { return };
        send(pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && running_server(cluster) == Some(pid) {
            thread::sleep(POLL);
        }
    }
}

/// The postmaster that `postmaster.pid` names, if it lives and is the one of this cluster.
pub(super) fn running_server(cluster: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
    rustix::process::test_kill_process(pid).ok()?;
    // After a restart of the machine the number may belong to any other program.
    match std::fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(line) => {
            let cluster = std::os::unix::ffi::OsStrExt::as_bytes(cluster.as_os_str());
            line.split(|byte| *byte == 0).any(|argument| argument == cluster).then_some(pid)
        }
        Err(_) if Path::new("/proc/self").exists() => None,
        Err(_) => Some(pid),
    }
}
