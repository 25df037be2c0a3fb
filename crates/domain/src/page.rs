//! Lists a page at a time: newest first, continued by a cursor.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Id, Kind, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use uuid::Uuid;

use crate::Problem;

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

/// How long the values may be that a [`Place`] is made of.
const PLACE_BYTES_MAX: usize = 6_000;

/// Where a page begins of a list that is in another order than that of ids: the last item's value in that order, and
/// what tells it from others of the same value. Opaque to callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub value: String,
    pub tie: String,
}

impl Place {
    pub fn new(value: impl Into<String>, tie: impl Into<String>) -> Self {
        Self { value: value.into(), tie: tie.into() }
    }

    /// A place in the order of time.
    pub fn at(at: Timestamp, tie: impl Into<String>) -> Self {
        Self::new(at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true), tie)
    }

    /// The time and the tie of a place in the order of time.
    pub fn time(&self) -> Option<(Timestamp, &str)> {
        Some((self.value.parse().ok()?, &self.tie))
    }

    /// The time and the id of a place among things with an id, in the order of time.
    pub fn time_and_id(&self) -> Option<(Timestamp, Uuid)> {
        let (at, tie) = self.time()?;
        Some((at, tie.parse().ok()?))
    }

    /// A problem that says so, for a place that belongs to another list.
    pub fn foreign() -> Problem {
        Problem::field("/cursor", "is of another list; use `next_cursor` of the page before")
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pair =
            serde_json::to_vec(&(&self.value, &self.tie)).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(pair))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pair = URL_SAFE_NO_PAD.decode(&text).ok();
        let pair = pair.and_then(|pair| serde_json::from_slice::<(String, String)>(&pair).ok());
        let pair = pair.filter(|(value, tie)| !value.contains('\0') && !tie.contains('\0'));
        let invalid = || D::Error::custom("is not a cursor; use `next_cursor` of the page before");
        let (value, tie) = pair.ok_or_else(invalid)?;
        Ok(Self { value, tie })
    }
}

impl JsonSchema for Place {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": PLACE_BYTES_MAX * 4 / 3,
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

/// A part of a list that is in another order than that of ids.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Pages")]
pub struct PlacedPage<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Place>,
}

impl<T> PlacedPage<T> {
    /// A page from [`Limit::rows`] rows or more.
    pub fn new(mut items: Vec<T>, limit: Limit, place: impl Fn(&T) -> Place) -> Self {
        let more = limit.items() < items.len();
        items.truncate(limit.items());
        let next_cursor = items.last().filter(|_| more).map(place);
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
    fn a_place_reads_back_and_a_forged_one_is_refused() {
        let at: Timestamp = "2026-11-21T09:30:00.123456Z".parse().unwrap();
        let place = Place::at(at, "a\"b");
        let text = serde_json::to_value(&place).unwrap();
        let read: Place = serde_json::from_value(text).unwrap();
        assert_eq!((&read, read.time()), (&place, Some((at, "a\"b"))));
        assert_eq!(read.time_and_id(), None);
        for text in [
            "",
            "1",
            "!!",
            &URL_SAFE_NO_PAD.encode("[\"a\"]"),
            &URL_SAFE_NO_PAD.encode("[\"\\u0000\",\"\"]"),
        ] {
            assert!(serde_json::from_value::<Place>(json!(text)).is_err(), "{text}");
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
