//! The intake as the composer sees it: tidied, bounded, and with nothing required.

use serde_json::{Map, Value};

use super::{
    budget::Budget,
    industries::{self, Industry},
    timeline::Timeline,
    wording,
};

/// The longest name that is used, in characters.
const NAME_CHARS_MAX: usize = 60;
/// The longest phrase of a list that is used.
const PHRASE_CHARS_MAX: usize = 80;
/// The longest sentence that is used.
const SENTENCE_CHARS_MAX: usize = 200;
/// The most items of a list that are used.
const ITEMS_MAX: usize = 8;

pub(super) struct Intake {
    pub(super) company: String,
    /// The industry in the client's words.
    pub(super) industry_text: Option<String>,
    pub(super) industry: &'static Industry,
    pub(super) audience_text: Option<String>,
    pub(super) services: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) competitors: Vec<String>,
    pub(super) difference: Option<String>,
    pub(super) goals: Vec<String>,
    pub(super) budget: Option<Budget>,
    pub(super) timeline: Option<Timeline>,
}

impl Intake {
    pub(super) fn read(variables: &Map<String, Value>) -> Self {
        let text = |name: &str, chars_max| text(variables.get(name), chars_max);
        let items = |name: &str| items(variables.get(name));
        let company = text("company_name", NAME_CHARS_MAX).unwrap_or("The company".to_owned());
        let industry_text = text("industry", PHRASE_CHARS_MAX);
        // A client without an industry still says much by its name and what it does differently.
        let difference = text("unique_selling_point", SENTENCE_CHARS_MAX)
            .map(|text| text.trim_end_matches(['.', ' ']).to_owned())
            .filter(|text| !text.is_empty());
        let audience_text = text("target_audience", SENTENCE_CHARS_MAX)
            .map(|text| text.trim_end_matches(['.', ' ']).to_owned())
            .filter(|text| !text.is_empty());
        let industry = industries::recognise(&[
            industry_text.as_deref().unwrap_or_default(),
            &company,
            difference.as_deref().unwrap_or_default(),
        ]);
        Self {
            industry,
            services: items("key_services"),
            values: items("brand_values"),
            competitors: items("competitors"),
            goals: items("project_goals"),
            budget: text("budget", PHRASE_CHARS_MAX).map(Budget::read),
            timeline: text("timeline", PHRASE_CHARS_MAX).map(Timeline::read),
            company,
            industry_text,
            audience_text,
            difference,
        }
    }

    /// Whom the client serves, for the middle of a sentence.
    pub(super) fn audience(&self) -> String {
        self.audience_text
            .as_deref()
            .map_or_else(|| self.industry.audience.to_owned(), wording::inside)
    }

    /// What the client is, without an article: `software company`, `pet hotel business`.
    pub(super) fn business(&self) -> String {
        match &self.industry_text {
            Some(text) if self.industry.words.is_empty() => format!("{text} business"),
            _ => self.industry.business.to_owned(),
        }
    }

    /// Whether any goal mentions one of these word beginnings.
    pub(super) fn wants(&self, beginnings: &[&str]) -> bool {
        self.goals.iter().any(|goal| mentions(goal, beginnings))
    }
}

/// Whether a word of the text begins with one of these lower-case beginnings. A beginning that
/// ends in a space asks for the whole word.
pub(super) fn mentions(text: &str, beginnings: &[&str]) -> bool {
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let padded = format!(" {words} ");
    beginnings.iter().any(|beginning| padded.contains(&format!(" {beginning}")))
}

/// A list field; a single text with commas or lines counts as a list too.
fn items(value: Option<&Value>) -> Vec<String> {
    let mut found: Vec<String> = match value {
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| text(Some(item), PHRASE_CHARS_MAX)).collect()
        }
        Some(Value::String(whole)) => {
            whole.split([',', ';', '\n']).filter_map(|part| tidy(part, PHRASE_CHARS_MAX)).collect()
        }
        _ => Vec::new(),
    };
    let mut seen = Vec::new();
    found.retain(|item| {
        let key = item.to_lowercase();
        let new = !seen.contains(&key);
        seen.push(key);
        new
    });
    found.truncate(ITEMS_MAX);
    found
}

fn text(value: Option<&Value>, chars_max: usize) -> Option<String> {
    match value? {
        Value::String(text) => tidy(text, chars_max),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// One line without control or invisible characters; `None` when nothing is left.
fn tidy(text: &str, chars_max: usize) -> Option<String> {
    // Bidirectional controls could make the rest of a document read backwards.
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let cleaned: String = text
        .chars()
        .take(chars_max.saturating_mul(8))
        .filter(|c| !hidden(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { None } else { Some(wording::clip(&line, chars_max)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_tidied_and_may_be_missing() {
        let intake = Intake::read(
            json!({
                "company_name": "  Tech\u{202e}Flow \n Solutions\u{0} ",
                "key_services": "Branding, branding; Website",
                "brand_values": ["Trust", "", null, "  "],
                "unique_selling_point": "Fast.",
            })
            .as_object()
            .unwrap(),
        );
        assert_eq!(intake.company, "TechFlow Solutions");
        assert_eq!(intake.services, ["Branding", "Website"]);
        assert_eq!(intake.values, ["Trust"]);
        assert_eq!(intake.difference.as_deref(), Some("Fast"));
        assert!(intake.budget.is_none() && intake.goals.is_empty());
    }

    #[test]
    fn mentions_looks_at_the_beginnings_of_words() {
        assert!(mentions("Increase Conversions!", &["convers"]));
        assert!(!mentions("scar tissue", &["car "]));
        assert!(mentions("used car dealer", &["car "]));
        assert!(mentions("pre-launch", &["launch"]));
    }
}
