//! Which events a subscription wants: exact types, `client.*`, or `*`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};

/// How long a type may be.
const LENGTH_MAX: usize = 120;
/// How many types one subscription may name.
pub(super) const TYPES_MAX: usize = 50;

/// An event's type, or all types that begin so (`client.*`), or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventType(pub(super) String);

impl EventType {
    fn parse(text: &str) -> Option<Self> {
        let exact = text.strip_suffix(".*").unwrap_or(text);
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let sound = text.len() <= LENGTH_MAX
            && exact.split('.').all(|part| !part.is_empty() && part.chars().all(allowed));
        (sound || text == "*").then(|| Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom("must be an event's type such as `lead.created`, or `lead.*`, or `*`")
        })
    }
}

impl JsonSchema for EventType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EventType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "maxLength": LENGTH_MAX,
            "description": "An event's type such as `lead.created`, or `lead.*`, or `*`.",
        })
    }
}

/// Everything that a subscription may name to get events of this type.
pub(super) fn named_by(kind: &str) -> Vec<String> {
    let prefixes =
        kind.match_indices('.').filter_map(|(at, _)| Some(format!("{}.*", kind.get(..at)?)));
    ["*".to_owned(), kind.to_owned()].into_iter().chain(prefixes).collect()
}

/// Whether one of the names covers the type.
pub(super) fn covers(names: &[String], kind: &str) -> bool {
    names.iter().any(|name| {
        name == "*"
            || name == kind
            || name
                .strip_suffix('*')
                .is_some_and(|prefix| prefix.ends_with('.') && kind.starts_with(prefix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_covered_by_itself_its_prefixes_and_the_star() {
        for name in ["client.intake.submitted", "client.*", "client.intake.*", "*"] {
            assert!(covers(&[name.to_owned()], "client.intake.submitted"), "{name}");
            assert!(named_by("client.intake.submitted").contains(&name.to_owned()), "{name}");
        }
        for name in ["client", "client.intake", "cli*", "client.intake.submitted.*", "lead.*"] {
            assert!(!covers(&[name.to_owned()], "client.intake.submitted"), "{name}");
            assert!(!named_by("client.intake.submitted").contains(&name.to_owned()), "{name}");
        }
        assert!(!covers(&["client.*".to_owned()], "clients.merged"));
    }

    #[test]
    fn what_can_match_nothing_is_refused() {
        for text in ["*", "a.*", "lead.created", "a_b.c1"] {
            assert!(EventType::parse(text).is_some(), "{text}");
        }
        for text in ["", ".", "a.", ".a", "A.b", "a*", "a.*.b", "**", "*.a", "a b", ".*"] {
            assert!(EventType::parse(text).is_none(), "{text}");
        }
    }
}
