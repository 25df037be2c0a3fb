//! Our end of the guard: starts it, starts it again if it dies, and stops it with us.

use std::{
    ffi::OsString,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::guard::{self, Message, Order};

const RESPAWN_PAUSE: Duration = Duration::from_millis(200);

/// What stands between us and the server, so that it never outlives us.
#[derive(Debug, Clone)]
pub enum Guard {
    /// A process of this program, which calls [`super::guard_main`].
    Program { program: PathBuf, arguments: Vec<OsString> },
    /// A thread of ours: the server is stopped when [`super::LocalServer`] is dropped, but survives
    /// when we are killed. Only for tests.
    Thread,
}

impl Guard {
    /// This very program, run with these arguments.
    pub fn this_program(arguments: &[&str]) -> Self {
        // The link leads to the running file even after a newer build replaced it on disk.
        let link = PathBuf::from("/proc/self/exe");
        let program = if link.exists() { link } else { std::env::current_exe().unwrap_or(link) };
        Self::Program { program, arguments: arguments.iter().map(OsString::from).collect() }
    }
}

#[derive(Debug)]
pub(super) struct Keeper {
    channel: Stop,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Stop {
    Pipe(Arc<Mutex<Pipe>>),
    Message(Sender<Message>),
}

#[derive(Debug, Default)]
struct Pipe {
    stopping: bool,
    stdin: Option<ChildStdin>,
}

impl Keeper {
    pub(super) fn start(guard: &Guard, order: Order) -> std::io::Result<Self> {
        match guard {
            Guard::Thread => {
                let (sender, inbox) = channel();
                let own = sender.clone();
                let thread = thread::Builder::new()
                    .name("postgres-guard".to_owned())
                    .spawn(move || guard::supervise(&order, &own, &inbox))?;
                Ok(Self { channel: Stop::Message(sender), thread: Some(thread) })
            }
            Guard::Program { program, arguments } => {
                let mut command = Command::new(program);
                command.args(arguments).current_dir("/").process_group(0);
                // The guard outlives Ctrl-C in our terminal, and says nothing: the server has a log.
                command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
                let pipe = Arc::new(Mutex::new(Pipe::default()));
                let first = spawn(&mut command, &order, &pipe)?;
                let shared = Arc::clone(&pipe);
                let thread = thread::Builder::new()
                    .name("postgres-guard".to_owned())
                    .spawn(move || keep(first, &mut command, &order, &shared))?;
                Ok(Self { channel: Stop::Pipe(pipe), thread: Some(thread) })
            }
        }
    }

    /// Ends the server and waits until it ended.
    pub(super) fn stop(&mut self) {
        match &self.channel {
            Stop::Message(sender) => drop(sender.send(Message::Stop)),
            Stop::Pipe(pipe) => {
                let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
                pipe.stopping = true;
                drop(pipe.stdin.take());
            }
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Gives the order to a new guard, unless we are stopping.
fn spawn(
    command: &mut Command,
    order: &Order,
    pipe: &Mutex<Pipe>,
) -> std::io::Result<Option<Child>> {
    // Under the lock, or a stop in between would leave a guard that nobody stops.
    let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
    if pipe.stopping {
        return Ok(None);
    }
    let mut child = command.spawn()?;
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&line)?;
        pipe.stdin = Some(stdin);
    }
    Ok(Some(child))
}

fn keep(mut guard: Option<Child>, command: &mut Command, order: &Order, pipe: &Mutex<Pipe>) {
    loop {
        if let Some(mut child) = guard.take() {
            drop(child.wait());
        }
        if pipe.lock().unwrap_or_else(PoisonError::into_inner).stopping {
            return;
        }
        tracing::warn!("the guard of the private PostgreSQL died and is started again");
        thread::sleep(RESPAWN_PAUSE);
        match spawn(command, order, pipe) {
            Ok(child) => guard = child,
            Err(error) => {
                tracing::error!(%error, "the guard of the private PostgreSQL cannot start");
            }
        }
    }
}
