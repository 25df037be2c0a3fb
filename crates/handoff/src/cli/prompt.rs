//! Prompts: what AI is asked, and the tenant's own texts in the place of the shipped ones.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    output::{self, field},
    server::Server,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum PromptCommand {
    /// List the prompts, and which text of each is in use.
    #[command(after_help = "Example:\n  handoff prompt list")]
    List {
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Show a prompt's text.
    #[command(
        after_help = "Examples:\n  handoff prompt show copywriting > copywriting.md\n  handoff prompt show copywriting --version shipped"
    )]
    Show {
        /// The name that `prompt list` shows.
        prompt: String,
        /// A number of your own, or `shipped`; the text in use without it.
        #[arg(long)]
        version: Option<String>,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the versions of a prompt's text.
    #[command(after_help = "Example:\n  handoff prompt versions copywriting")]
    Versions {
        /// The name that `prompt list` shows.
        prompt: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Have models asked with a text of your own, as its next version.
    #[command(
        after_help = "Examples:\n  handoff prompt publish copywriting.md --note 'shorter headlines'\n  handoff prompt publish draft.md --prompt copywriting --check"
    )]
    Publish {
        /// The text. Its name says which prompt it is for: `copywriting.md`.
        file: PathBuf,
        /// The prompt that it is for, where the file has another name.
        #[arg(long, value_name = "NAME")]
        prompt: Option<String>,
        /// What changed, for whoever looks at the versions.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Only say what is wrong with it.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Go back to an earlier version of your own, or to the shipped text.
    #[command(
        alias = "roll-back",
        after_help = "Examples:\n  handoff prompt rollback copywriting 2\n  handoff prompt rollback copywriting shipped"
    )]
    Rollback {
        /// The name that `prompt list` shows.
        prompt: String,
        /// A number that `prompt versions` shows, or `shipped`.
        version: String,
        #[command(flatten)]
        server: Server,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: PromptCommand) -> anyhow::Result<()> {
    match command {
        PromptCommand::List { server, json } => {
            let list = server.get("/v1/prompts", &[]).await?;
            let columns = ["name", "label", "own_version", "title", "unusable"];
            output::list(&list, json, &columns, "No prompts.");
        }
        PromptCommand::Show { prompt, version, server, json } => {
            let path = match version {
                Some(version) => format!("/v1/prompts/{prompt}/versions/{version}"),
                None => format!("/v1/prompts/{prompt}"),
            };
            let found = server.get(&path, &[]).await?;
            if json { output::json(&found) } else { output::line(field(&found, "text").trim_end()) }
        }
        PromptCommand::Versions { prompt, server, json } => {
            let list = server.get(&format!("/v1/prompts/{prompt}/versions"), &[]).await?;
            let columns = ["version", "label", "in_use", "created_at", "created_by", "note"];
            output::list(&list, json, &columns, "No versions.");
        }
        PromptCommand::Publish { file, prompt, note, check, server, json } => {
            let text = read(&file)?;
            let prompt = prompt_of(prompt, &file)?;
            refuse_unsound(&server, &prompt, &text, &file).await?;
            if check {
                let sound = json!({ "ok": true, "prompt": prompt });
                output::say(&sound, json, &format!("{}: {prompt} is sound", file.display()));
                return Ok(());
            }
            let body = json!({ "text": text, "note": note });
            let path = format!("/v1/prompts/{prompt}/versions");
            let published = server.post(&path, &body).await?;
            let label = field(&published, "label");
            output::say(&published, json, &format!("Models are asked with {label} from now on."));
        }
        PromptCommand::Rollback { prompt, version, server, json } => {
            let path = format!("/v1/prompts/{prompt}/roll-back");
            let used = server.post(&path, &json!({ "version": version })).await?;
            let label = field(&used, "label");
            output::say(&used, json, &format!("Models are asked with {label} from now on."));
        }
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", file.display())))?;
    Ok(text)
}

/// The prompt that was named, or else the one that the file is named after.
fn prompt_of(named: Option<String>, file: &Path) -> Result<String, Failure> {
    let of_file = || file.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    named.or_else(of_file).ok_or_else(|| {
        Failure::Usage(format!("{}: say which prompt it is for with --prompt", file.display()))
    })
}

/// Tells each problem as FILE:LINE:COLUMN.
async fn refuse_unsound(
    server: &Server,
    prompt: &str,
    text: &str,
    file: &Path,
) -> anyhow::Result<()> {
    let path = format!("/v1/prompts/{prompt}/check");
    let checked = server.post(&path, &json!({ "text": text })).await?;
    let problems = checked.get("problems").and_then(Value::as_array);
    let lines: Vec<String> = problems
        .into_iter()
        .flatten()
        .map(|problem| {
            let [severity, line, column, message] =
                ["severity", "line", "column", "message"].map(|name| field(problem, name));
            format!("{}:{line}:{column} {severity}: {message}", file.display())
        })
        .collect();
    if checked.get("is_valid") == Some(&Value::Bool(false)) {
        return Err(Failure::Usage(lines.join("\n")).into());
    }
    for warning in lines {
        output::note(&warning);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_for_the_prompt_that_it_is_named_after_unless_another_is_named() {
        let of = |named: Option<&str>| prompt_of(named.map(str::to_owned), Path::new("a/haiku.md"));
        assert_eq!(of(None).unwrap(), "haiku");
        assert_eq!(of(Some("copywriting")).unwrap(), "copywriting");
    }
}
