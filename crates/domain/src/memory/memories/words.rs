//! What a memory is found by: the words of its key, its text and its value.

use serde_json::Value;

/// How many characters are searched. PostgreSQL's text search vectors hold at most a megabyte.
const WORDS_MAX: usize = 50_000;

/// The key, the text and the strings and numbers of the value, a line each.
pub(super) fn words(key: &str, text: Option<&str>, value: Option<&Value>) -> String {
    let mut words = Words::default();
    words.add(key);
    words.add(text.unwrap_or_default());
    if let Some(value) = value {
        words.add_value(value);
    }
    words.text
}

#[derive(Default)]
struct Words {
    text: String,
    characters: usize,
}

impl Words {
    fn add(&mut self, line: &str) {
        let room = WORDS_MAX.saturating_sub(self.characters + 1);
        if line.is_empty() || room == 0 {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
            self.characters += 1;
        }
        for character in line.chars().take(room) {
            self.text.push(character);
            self.characters += 1;
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Number(number) => self.add(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Object(fields) => fields.values().for_each(|item| self.add_value(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_string_and_number_of_the_value_can_be_found() {
        let value =
            json!({ "services": ["Branding", { "name": "Website" }], "hours": 120, "paid": true });
        let found = words("intake_TechFlow", Some("likes blue"), Some(&value));
        assert_eq!(found, "intake_TechFlow\nlikes blue\nBranding\nWebsite\n120");
    }

    proptest! {
        #[test]
        fn words_never_exceed_what_the_database_takes(
            lengths in proptest::collection::vec(0_usize..30_000, 0..6)
        ) {
            let lines: Vec<String> = lengths.into_iter().map(|length| "ä".repeat(length)).collect();
            let found = words("k", None, Some(&json!(lines)));
            prop_assert!(found.chars().count() <= WORDS_MAX);
        }
    }
}
