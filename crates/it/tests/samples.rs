//! Every code sample of the documentation does what it says, or says why it cannot be run.
//!
//! The info string of a fence is its kind and what is to be done: `sh` and `sql` are run, `yaml NAME` is a flow that
//! is kept for the samples below it, `yaml added-to: NAME` belongs at the end of that flow, `json` is read,
//! `text` is shown. `no-run: REASON` behind the kind leaves it alone.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use it::Program;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _};

/// How long a sample may take.
const PATIENCE: &str = "60";
/// A request that is refused is a sample that does not work.
const CURL: &str = "silent\nshow-error\nfail-with-body\n";
const NO_RUN: &str = "no-run";
const ADDED_TO: &str = "added-to: ";

/// One block of code, without the indentation of the list it is in.
struct Sample {
    document: String,
    line: usize,
    /// The info string; none for an indented block.
    info: Option<String>,
    code: String,
}

/// What became of one.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Ran,
    /// It is there to be read.
    Shown,
    /// It says why it is not run.
    Left(String),
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The documents, by their paths from the repository.
fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_owned(), "judges/README.md".to_owned()];
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension() == Some(OsStr::new("md")) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn samples(document: &str, text: &str) -> Vec<Sample> {
    let mut found = Vec::new();
    let mut open: Option<Sample> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.to_string()),
                    CodeBlockKind::Indented => None,
                };
                let line = 1 + text.get(..range.start).unwrap().matches('\n').count();
                let document = document.to_owned();
                open = Some(Sample { document, line, info, code: String::new() });
            }
            Event::Text(code) => {
                if let Some(sample) = &mut open {
                    sample.code.push_str(&code);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

/// The program that the samples speak to, and the folder they are run in.
struct Stage<'a> {
    program: &'a Program,
    token: String,
    folder: PathBuf,
}

impl<'a> Stage<'a> {
    /// A folder that looks like the repository, with the program in `PATH`.
    async fn set(program: &'a Program, name: &str) -> Self {
        let body = serde_json::json!({ "name": "samples", "role": "owner" });
        let created = program.owner.post("/v1/tokens", &body).await.expect(201);
        let token = created["token"].as_str().unwrap().to_owned();
        let folder = program.database.data().join("samples").join(name.replace('/', "-"));
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::create_dir_all(folder.join("flows")).unwrap();
        fs::write(folder.join(".curlrc"), CURL).unwrap();
        symlink(binary(), folder.join("bin/handoff")).unwrap();
        symlink(root().join("templates"), folder.join("templates")).unwrap();
        let base = format!("http://{}", program.node.address);
        for (connector, settings) in program.sandbox().connections(&base) {
            fs::write(folder.join(format!("{connector}.json")), settings.to_string()).unwrap();
        }
        Self { program, token, folder }
    }

    async fn judge(&self, sample: &Sample) -> Result<Outcome, String> {
        let Some(info) = &sample.info else {
            return Err("an indented block says nothing of its kind; fence it".to_owned());
        };
        let (kind, rest) = info.split_once(' ').unwrap_or((info, ""));
        if let Some(reason) = rest.strip_prefix(NO_RUN) {
            let reason = reason.strip_prefix(": ").unwrap_or_default();
            if reason.is_empty() {
                return Err(format!("`{NO_RUN}` needs its reason: `{NO_RUN}: REASON`"));
            }
            return Ok(Outcome::Left(reason.to_owned()));
        }
        match (kind, rest) {
            ("sh", "") => self.shell(&sample.code),
            ("sql", "") => self.sql(&sample.code).await,
            ("yaml", place) if !place.is_empty() => self.flow(place, &sample.code),
            ("json", "") => match serde_json::from_str::<Value>(&sample.code) {
                Ok(_) => Ok(Outcome::Ran),
                Err(error) => Err(error.to_string()),
            },
            ("text", "") => Ok(Outcome::Shown),
            _ => Err(format!("nobody knows how to run `{info}`; say so with `{NO_RUN}: REASON`")),
        }
    }

    fn shell(&self, script: &str) -> Result<Outcome, String> {
        let mut path = vec![self.folder.join("bin")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let options = &self.program.database.options;
        let output = Command::new("timeout")
            .args([PATIENCE, "bash", "-euo", "pipefail", "-c", script])
            .current_dir(&self.folder)
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("CURL_HOME", &self.folder)
            .env("HANDOFF_URL", format!("http://{}", self.program.node.address))
            .env("HANDOFF_TOKEN", &self.token)
            .env("HANDOFF_DATA", self.program.database.data())
            .env("HANDOFF_ALLOWED_PRIVATE_HOSTS", self.program.node.address.to_string())
            .env("DATABASE_URL", sqlx::ConnectOptions::to_url_lossy(options).as_str())
            .output()
            .unwrap();
        if output.status.success() {
            return Ok(Outcome::Ran);
        }
        let (said, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(format!("{}\n{said}{complained}", output.status))
    }

    /// As a superuser, and undone.
    async fn sql(&self, statements: &str) -> Result<Outcome, String> {
        let mut superuser = self.program.superuser().await;
        let mut tx = superuser.begin().await.unwrap();
        let result = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *tx).await;
        tx.rollback().await.unwrap();
        result.map(|_| Outcome::Ran).map_err(|error| error.to_string())
    }

    fn flow(&self, place: &str, source: &str) -> Result<Outcome, String> {
        let Some(other) = place.strip_prefix(ADDED_TO) else {
            fs::write(self.folder.join(place), source).unwrap();
            return self.shell(&format!("handoff flow check {place}"));
        };
        let before = fs::read_to_string(self.folder.join(other))
            .map_err(|_missing| format!("no sample above is `{other}`"))?;
        fs::write(self.folder.join(other), before + source).unwrap();
        self.shell(&format!("handoff flow check {other}"))
    }
}

/// The program, which `cargo xtask test` names, and which lies beside this test's folder otherwise.
fn binary() -> PathBuf {
    let named = std::env::var_os("HANDOFF_BINARY").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let tests = std::env::current_exe().unwrap();
        tests.ancestors().nth(2).unwrap().join("handoff")
    });
    assert!(path.exists(), "{} is missing; build it with `cargo build -p handoff`", path.display());
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_of_the_documentation_works_or_says_why_it_is_not_run() {
    let program = Program::start().await;
    let (mut ran, mut shown, mut left, mut failed) = (0, 0, Vec::new(), Vec::new());
    for document in documents() {
        let text = fs::read_to_string(root().join(&document)).unwrap();
        let samples = samples(&document, &text);
        if samples.is_empty() {
            continue;
        }
        let stage = Stage::set(&program, &document).await;
        for sample in samples {
            let place = format!("{}:{}", sample.document, sample.line);
            match stage.judge(&sample).await {
                Ok(Outcome::Ran) => ran += 1,
                Ok(Outcome::Shown) => shown += 1,
                Ok(Outcome::Left(reason)) => left.push(format!("{place}: {reason}")),
                Err(reason) => failed.push(format!("{place}: {reason}\n{}", sample.code)),
            }
        }
    }
    println!("{ran} samples ran, {shown} are shown, {} are left alone:", left.len());
    println!("{}", left.join("\n"));
    assert!(failed.is_empty(), "samples do not work:\n\n{}", failed.join("\n"));
    // An extraction that finds none proves nothing.
    assert!(15 <= ran, "only {ran} samples ran");
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_that_do_not_work_are_found() {
    let program = Program::start().await;
    let stage = Stage::set(&program, "wrong").await;
    let wrong = [
        ("sh", "false | true"),
        ("sh", "curl $HANDOFF_URL/v1/nothing"),
        ("sh", "handoff lead lits"),
        ("sh", "echo $NOT_SET"),
        ("sql", "select nothing from crm.client"),
        ("yaml flows/wrong.yaml", "document: {}"),
        ("yaml added-to: flows/missing.yaml", "schedule: {}"),
        ("yaml", "a: b"),
        ("json", "{"),
        ("python", "print(1)"),
        ("", "handoff"),
        ("sh no-run", "handoff"),
    ];
    for (info, code) in wrong {
        let text = format!("1. Do:\n\n   ```{info}\n   {code}\n   ```\n");
        let found = samples("wrong.md", &text);
        assert_eq!((found.len(), found[0].line), (1, 3));
        assert_eq!(found[0].code, format!("{code}\n"));
        let outcome = stage.judge(&found[0]).await;
        assert!(outcome.is_err(), "`{info}` `{code}`: {outcome:?}");
    }
    let indented = samples("wrong.md", "Do:\n\n    handoff\n");
    assert!(stage.judge(&indented[0]).await.is_err());
    // And what works is not complained of.
    let right = samples("right.md", "```sh\ncurl $HANDOFF_URL/healthz\n```\n");
    assert_eq!(stage.judge(&right[0]).await, Ok(Outcome::Ran));
    program.stop().await;
}
