//! Lists a page at a time: newest first, continued by a cursor.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Id, Kind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

/// How many items a page has when nothing else is asked for.
const DEFAULT: u8 = 20;
/// How many items a page has at the most.
const MAX: u8 = 100;

/// How many items a page should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Limit(u8);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl Limit {
    pub fn items(self) -> usize {
        usize::from(self.0)
    }

    /// What to ask the database for: one more, to see whether another page follows.
    pub fn rows(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            limit @ 1..=MAX => Ok(Self(limit)),
            _ => Err(D::Error::custom(format!("must be from 1 to {MAX}"))),
        }
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer", "minimum": 1, "maximum": MAX,
            "description": format!("How many items a page has; {DEFAULT} when left out.")
        })
    }
}

/// Where a page begins: the last item of the page before it. Opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(Uuid);

impl Cursor {
    pub fn after<K: Kind>(id: Id<K>) -> Self {
        Self(id.uuid())
    }

    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let invalid = || D::Error::custom("is not a cursor; use `next_cursor` of the page before");
        let bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|_not_base64| invalid())?;
        Uuid::from_slice(&bytes).map(Self).map_err(|_not_an_id| invalid())
    }
}

impl JsonSchema for Cursor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9_-]{22}$",
            "description": "`next_cursor` of the page before."
        })
    }
}

/// A part of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from [`Limit::rows`] rows.
    pub fn new<K: Kind>(mut items: Vec<T>, limit: Limit, id: impl Fn(&T) -> Id<K>) -> Self {
        let more = limit.items() < items.len();
        items.truncate(limit.items());
        let next_cursor = items.last().filter(|_| more).map(|last| Cursor::after(id(last)));
        Self { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use kernel::LeadId;
    use serde_json::json;

    use super::*;

    fn ids(count: u128) -> Vec<LeadId> {
        (0..count).map(|n| LeadId::from(Uuid::from_u128(n))).collect()
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let limit: Limit = serde_json::from_value(json!(2)).unwrap();
        assert_eq!(Page::new(ids(2), limit, |id| *id).next_cursor, None);
        let page = Page::new(ids(3), limit, |id| *id);
        assert_eq!((page.items.len(), page.next_cursor), (2, Some(Cursor(Uuid::from_u128(1)))));
    }

    #[test]
    fn a_cursor_reads_back_and_a_forged_one_is_refused() {
        let cursor = Cursor(Uuid::from_u128(77));
        let text = serde_json::to_value(cursor).unwrap();
        assert_eq!(serde_json::from_value::<Cursor>(text).unwrap(), cursor);
        for text in ["", "1", "!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(serde_json::from_value::<Cursor>(json!(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_page_has_from_one_to_a_hundred_items() {
        for wrong in [json!(0), json!(101), json!(-1), json!("5")] {
            assert!(serde_json::from_value::<Limit>(wrong).is_err());
        }
        assert_eq!(Limit::default().rows(), 21);
    }
}
