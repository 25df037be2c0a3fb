//! Reading what commands are given: JSON from arguments, files and standard input.

use std::{
    io::{IsTerminal as _, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Failure, output};

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The largest settings of a connection.
const SETTINGS_BYTES_MAX: u64 = 256 * 1024;

/// JSON from an argument, or from the file named after `@`.
pub(super) fn json(option: &str, text: &str) -> anyhow::Result<Value> {
    let text = match text.strip_prefix('@') {
        Some(path) => file(Path::new(path))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        let hint = "quote it for the shell, or put it into a file and give @FILE";
        Failure::Usage(format!("{option} is not JSON: {error}; {hint}")).into()
    })
}

/// A text file that was named on the command line.
pub(super) fn file(path: &Path) -> anyhow::Result<String> {
    let opened = std::fs::File::open(path);
    let text = opened.and_then(|file| limited(file, FILE_BYTES_MAX));
    text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())).into())
}

/// The settings of a connection, from a file or standard input. They hold secrets, so they are never
/// an argument, and no message quotes them.
pub(super) fn settings(path: Option<PathBuf>) -> anyhow::Result<Value> {
    let text = match &path {
        Some(path) => {
            std::fs::File::open(path).and_then(|file| limited(file, SETTINGS_BYTES_MAX)).map_err(
                |error| Failure::Usage(format!("cannot read {}: {error}", path.display())),
            )?
        }
        None => {
            if std::io::stdin().is_terminal() {
                output::remark("Reading the settings as JSON; end them with Ctrl-D.");
            }
            limited(std::io::stdin(), SETTINGS_BYTES_MAX).map_err(|error| {
                Failure::Usage(format!("cannot read standard input: {error}"))
            })?
        }
    };
    parse_settings(&text)
}

fn parse_settings(text: &str) -> anyhow::Result<Value> {
    let place = match serde_json::from_str::<Value>(text) {
        Ok(settings) if settings.is_object() => return Ok(settings),
        Ok(_) => "something else stands there".to_owned(),
        Err(error) => format!("line {}, column {}", error.line(), error.column()),
    };
    Err(Failure::Usage(format!(
        "the settings are not a JSON object ({place}); `handoff connection set --help` shows one"
    ))
    .into())
}

fn limited(from: impl Read, bytes_max: u64) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(bytes_max + 1).read_to_string(&mut text)?;
    if bytes_max < text.len() as u64 {
        return Err(std::io::Error::other(format!("it is larger than {bytes_max} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json as read_json, *};

    #[test]
    fn json_comes_from_an_argument_or_a_file() {
        assert_eq!(read_json("--input", "{\"a\":1}").unwrap(), json!({ "a": 1 }));
        let wrong = read_json("--input", "{a}").unwrap_err();
        assert!(wrong.to_string().starts_with("--input is not JSON: "), "{wrong}");
        assert!(matches!(wrong.downcast_ref(), Some(Failure::Usage(_))));
        let missing = read_json("--input", "@/nowhere.json").unwrap_err().to_string();
        assert!(missing.starts_with("cannot read /nowhere.json"), "{missing}");
        let manifest = concat!("@", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(read_json("--input", manifest).unwrap_err().to_string().contains("is not JSON"));
        let file = concat!("@", env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
        assert!(read_json("--input", file).unwrap().get("openapi").is_some());
    }

    #[test]
    fn unreadable_settings_are_not_quoted() {
        for text in ["{\"bot_token\": xoxb-secret}", "\"xoxb-secret\"", ""] {
            let error = parse_settings(text).unwrap_err();
            assert!(!format!("{error:?}").contains("xoxb"), "{error:?}");
            assert!(matches!(error.downcast_ref(), Some(Failure::Usage(_))));
        }
        assert_eq!(parse_settings("{\"provider\":\"offline\"}").unwrap(), json!({ "provider": "offline" }));
    }

    #[test]
    fn what_is_too_large_is_refused_rather_than_cut() {
        assert_eq!(limited("abc".as_bytes(), 3).unwrap(), "abc");
        assert!(limited("abcd".as_bytes(), 3).unwrap_err().to_string().contains("larger than 3"));
    }
}
