//! Runs one judge, and counts what it says.

use std::{
    fmt,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::{Judge, install::Tools, stage::Stage};
use crate::workspace;

/// What a judge said.
#[derive(Debug, Default)]
pub struct Verdict {
    ok: usize,
    not_ok: Vec<String>,
    /// Why it cannot be believed, whatever it counted.
    trouble: Option<String>,
    took: Duration,
    output: PathBuf,
}

impl Verdict {
    /// A judge that checked nothing has not agreed.
    pub fn is_fine(&self) -> bool {
        self.trouble.is_none() && self.not_ok.is_empty() && 0 < self.ok
    }

    fn hear(&mut self, line: &str) {
        let said = |word: &str| {
            let rest = line.strip_prefix(word)?;
            (rest.is_empty() || rest.starts_with(' ')).then_some(rest)
        };
        if let Some(what) = said("not ok") {
            let what = what.trim_start_matches(|it: char| " -".contains(it) || it.is_numeric());
            self.not_ok.push(what.to_owned());
        } else if let Some(what) = said("ok") {
            // What was skipped was not checked.
            if what.to_lowercase().contains("# skip") {
                self.not_ok.push(format!("skipped:{what}"));
            } else {
                self.ok += 1;
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_fine() { "ok" } else { "FAILED" };
        let (ok, not_ok, took) = (self.ok, self.not_ok.len(), self.took.as_secs_f32());
        write!(f, "{word:8} {ok:3} ok, {not_ok} not ok, {took:.1} s")?;
        if self.is_fine() {
            return Ok(());
        }
        for what in &self.not_ok {
            write!(f, "\n    {what}")?;
        }
        let none = (self.ok + not_ok == 0).then(|| "it checked nothing".to_owned());
        for why in none.iter().chain(&self.trouble) {
            write!(f, "\n    {why}")?;
        }
        write!(f, "\n    see {}", self.output.display())
    }
}

pub fn listen(
    judge: &Judge,
    stage: &Stage,
    tools: &Tools,
    deep: bool,
    patience: Duration,
) -> anyhow::Result<Verdict> {
    let output = stage.folder.join("output.txt");
    let mut kept = std::fs::File::create(&output)?;
    let began = Instant::now();
    let mut child = command(judge, stage, tools, deep)?
        .stdout(Stdio::piped())
        .stderr(kept.try_clone()?)
        .spawn()
        .with_context(|| {
            format!("cannot start {}/run; is it executable?", judge.folder.display())
        })?;
    let stdout = child.stdout.take().context("the judge has no output")?;
    let (send, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let mut verdict = Verdict { output, ..Verdict::default() };
    loop {
        match lines.recv_timeout(patience.saturating_sub(began.elapsed())) {
            Ok(line) => {
                writeln!(kept, "{line}")?;
                verdict.hear(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                verdict.trouble = Some(format!("it was not done after {patience:?}"));
                break;
            }
        }
    }
    end(&mut child, &mut verdict)?;
    drop(lines);
    drop(reader.join());
    verdict.took = began.elapsed();
    Ok(verdict)
}

/// Ends the judge, and whatever it started and left.
fn end(child: &mut Child, verdict: &mut Verdict) -> anyhow::Result<()> {
    let status = if verdict.trouble.is_none() { Some(child.wait()?) } else { None };
    let group = format!("-{}", child.id());
    // Fails where nothing is left, which is as it should be.
    drop(workspace::output(Command::new("kill").args(["-KILL", "--", &group])));
    if let Some(status) = status {
        if !status.success() && verdict.not_ok.is_empty() {
            verdict.trouble = Some(format!("it ended with {status}"));
        }
    } else {
        child.wait()?;
    }
    Ok(())
}

fn command(judge: &Judge, stage: &Stage, tools: &Tools, deep: bool) -> anyhow::Result<Command> {
    let mut paths = tools.paths.clone();
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let ports: Vec<String> = stage.peer_ports.iter().map(ToString::to_string).collect();
    let mut command = Command::new(judge.folder.join("run"));
    command
        .current_dir(&judge.folder)
        .process_group(0)
        .env("PATH", std::env::join_paths(paths)?)
        .env("HANDOFF_URL", &stage.url)
        .env("HANDOFF_TOKEN", &stage.token)
        .env("HANDOFF_BIN", &stage.program)
        .env("HANDOFF_DATA", stage.folder.join("data"))
        .env("SANDBOX_URL", &stage.url)
        .env("PEER_PORTS", ports.join(" "))
        .env("JUDGE_FOLDER", &stage.folder)
        .env("PYTHONPATH", workspace::root().join("judges"))
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if deep {
        command.env("JUDGE_DEEP", "1");
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> Verdict {
        let mut verdict = Verdict::default();
        for line in lines {
            verdict.hear(line);
        }
        verdict
    }

    #[test]
    fn a_judge_that_agrees_is_counted() {
        let verdict =
            heard(&["TAP version 13", "ok 1 - a", "    not ok 1 - inner", "ok - b", "1..2"]);
        assert!(verdict.is_fine());
        assert_eq!(verdict.ok, 2);
    }

    #[test]
    fn one_objection_is_enough_and_is_told() {
        let verdict = heard(&["ok - a", "not ok 2 - the signature differs"]);
        assert!(!verdict.is_fine());
        assert!(verdict.to_string().contains("\n    the signature differs"), "{verdict}");
    }

    #[test]
    fn a_judge_that_checked_nothing_skipped_or_died_has_not_agreed() {
        assert!(!heard(&[]).is_fine());
        assert!(heard(&["okay"]).to_string().contains("it checked nothing"));
        assert!(!heard(&["ok - a", "ok 2 - b # SKIP no network"]).is_fine());
        let died = Verdict { trouble: Some("it ended with 7".to_owned()), ..heard(&["ok - a"]) };
        assert!(!died.is_fine());
    }
}
