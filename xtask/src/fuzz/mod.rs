//! `cargo xtask fuzz`: arbitrary bytes, made ever more alike to what the flow language reads, by libFuzzer.
//!
//! A target is a file of `fuzz/fuzz_targets`, and what it runs is in `flow::fuzzing`. `fuzz/corpus` holds the inputs
//! worth keeping, few and small; the tests of the crate `flow` run each of them. What a run finds beside them stays
//! in the target folder until `--minimise`.

mod corpus;
mod watch;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::workspace;

/// Look for input that breaks the flow language's promises, with libFuzzer.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these targets, by their names in `fuzz/fuzz_targets`.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Then put what was found into the corpus, and leave out what reaches nothing that the rest does not.
    #[arg(long)]
    minimise: bool,
    /// Instead: run one target on one file, and say what comes of it.
    #[arg(long, value_name = "FILE", conflicts_with = "minimise")]
    input: Option<PathBuf>,
    /// Name the targets and do nothing.
    #[arg(long)]
    list: bool,
}

/// The release that the targets are built with.
const CARGO_FUZZ: &str = "0.13.1";
/// How many bytes an input has.
const INPUT_BYTES_MAX: usize = 16 * 1024;
/// An input that takes longer is a finding. In the program it takes a tenth of it: nothing is counted there, it runs
/// once, and more of the machine is its own.
const INPUT_SECONDS_MAX: u64 = 30;
/// How much memory a target may use, with all that libFuzzer keeps.
const MEMORY_MB_MAX: u64 = 2048;

/// One file of `fuzz/fuzz_targets`, built.
struct Target {
    name: String,
    program: PathBuf,
    /// In the repository.
    corpus: PathBuf,
    /// What was found and is not in the repository.
    found: PathBuf,
    /// Where an input goes that breaks a promise.
    crashes: PathBuf,
    /// Holds the input that is being run.
    under_way: PathBuf,
    dictionary: Option<PathBuf>,
}

impl Target {
    /// The program with what every run of it is limited to.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(workspace::root());
        command.arg(format!("-max_len={INPUT_BYTES_MAX}"));
        command.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
        command.arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"));
        command
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let names = find(&arguments.targets)?;
    if arguments.list {
        println!("{}", names.join("\n"));
        return Ok(());
    }
    let targets = build(&names)?;
    if let Some(input) = &arguments.input {
        let [target] = targets.as_slice() else { bail!("name the one target that runs the file") };
        // It says on the terminal what is wrong.
        return workspace::run(target.command().arg(input));
    }
    let mut outcomes = Vec::new();
    for target in &targets {
        outcomes.push(watch::run(target, arguments.seconds)?);
    }
    if arguments.minimise {
        targets.iter().try_for_each(corpus::minimise)?;
    }
    watch::summarise(&outcomes)
}

fn find(wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let folder = workspace::root().join("fuzz/fuzz_targets");
    let files = workspace::files_below(&folder)?;
    let mut names: Vec<String> = files
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(name)) {
        bail!("there is no target `{unknown}`; `cargo xtask fuzz --list` names them");
    }
    names.retain(|name| wanted.is_empty() || wanted.contains(name));
    Ok(names)
}

fn build(names: &[String]) -> anyhow::Result<Vec<Target>> {
    let root = workspace::root().join("fuzz");
    let folder = workspace::target()?.join("fuzz");
    // It takes one target or all.
    let one = names.first().filter(|_| names.len() == 1);
    let mut build = cargo_fuzz()?;
    build.args(["fuzz", "build", "--target-dir"]).arg(&folder).arg("--fuzz-dir").arg(&root);
    // There is no unsafe code here to watch, and without a sanitizer twice as much is tried.
    build.args(["--sanitizer", "none"]).args(one);
    // What libFuzzer needs of the compiler is not stable.
    build.env("RUSTC_BOOTSTRAP", "1");
    workspace::run(&mut build)?;
    let programs = programs(&folder)?;
    names.iter().map(|name| prepare(name, &root, &folder, &programs)).collect()
}

fn prepare(name: &str, root: &Path, folder: &Path, programs: &Path) -> anyhow::Result<Target> {
    let dictionary = root.join("dictionaries").join(format!("{name}.dict"));
    let target = Target {
        name: name.to_owned(),
        program: programs.join(name),
        corpus: root.join("corpus").join(name),
        found: folder.join("found").join(name),
        crashes: folder.join("crashes").join(name),
        under_way: folder.join("crashes").join(format!("{name}.under-way")),
        dictionary: dictionary.exists().then_some(dictionary),
    };
    for folder in [&target.corpus, &target.found, &target.crashes] {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    Ok(target)
}

/// cargo-fuzz builds for a platform by name, and so in a folder of that name.
fn programs(folder: &Path) -> anyhow::Result<PathBuf> {
    let version = workspace::output(Command::new("rustc").arg("-vV"))?;
    let platform = version.lines().find_map(|line| line.strip_prefix("host: "));
    let platform = platform.context("`rustc -vV` names no host")?;
    Ok(folder.join(platform).join("release"))
}

/// The installed cargo-fuzz, or one of our own.
fn cargo_fuzz() -> anyhow::Result<Command> {
    if workspace::output(workspace::cargo().args(["fuzz", "--version"])).is_ok() {
        return Ok(workspace::cargo());
    }
    let tools = workspace::target()?.join("tools");
    let program = tools.join("bin/cargo-fuzz");
    if !program.exists() {
        eprintln!("cargo-fuzz is not installed; it is built once, in {}", tools.display());
        let mut install = workspace::cargo();
        install.args(["install", "cargo-fuzz", "--locked", "--quiet", "--version", CARGO_FUZZ]);
        workspace::run(install.arg("--root").arg(&tools))?;
    }
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    Ok(command)
}
