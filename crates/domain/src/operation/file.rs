//! Operations that answer a file.
//!
//! To flows, agents and the program itself a file is JSON with its content in base64. REST answers the bytes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Problem;

/// The longest name of a file, so that every file system takes it.
const NAME_MAX: usize = 100;

/// A file as an operation answers it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct File {
    pub file_name: String,
    /// Such as `application/pdf`.
    pub media_type: String,
    /// The content in base64.
    pub data: String,
}

impl File {
    /// `words` become the name: lower case, joined by dashes.
    pub fn new(words: &[&str], extension: &str, media_type: &str, bytes: &[u8]) -> Self {
        Self {
            file_name: format!("{}.{extension}", dashed(&words.join(" "))),
            media_type: media_type.to_owned(),
            data: BASE64_STANDARD.encode(bytes),
        }
    }

    pub fn bytes(&self) -> Result<Vec<u8>, Problem> {
        BASE64_STANDARD.decode(&self.data).map_err(Problem::internal)
    }
}

/// Letters and digits of any script, everything else one dash.
fn dashed(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        if NAME_MAX < name.len() {
            break;
        }
        if character.is_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_in_every_folder_and_header() {
        let name = |words: &[&str]| File::new(words, "pdf", "application/pdf", b"").file_name;
        assert_eq!(
            name(&["Branding strategy", "Tech/Flow \"X\"\r\n"]),
            "branding-strategy-tech-flow-x.pdf"
        );
        assert_eq!(name(&["../../etc/passwd"]), "etc-passwd.pdf");
        assert_eq!(name(&["Café 東京"]), "café-東京.pdf");
        assert!(name(&[&"x".repeat(500)]).len() < 120);
    }
}
