//! What a role is called: what members, invitations and tokens name.

use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::Role;

const PATTERN: &str = "^[a-z][a-z0-9_]{1,39}$";
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=40;

/// The name of a built-in role, or of one that the tenant made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RoleName(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 2 to 40 lower-case letters, digits and underscores, such as `sales_director`")]
pub struct InvalidRoleName;

impl RoleName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Role> for RoleName {
    fn from(role: &Role) -> Self {
        Self(role.as_str().to_owned())
    }
}

impl FromStr for RoleName {
    type Err = InvalidRoleName;

    fn from_str(text: &str) -> Result<Self, InvalidRoleName> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_sound = LENGTHS.contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(is_plain);
        if is_sound { Ok(Self(text.to_owned())) } else { Err(InvalidRoleName) }
    }
}

impl std::fmt::Display for RoleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for RoleName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": PATTERN,
            "description": "A built-in role (owner, admin, manager, staff, partner, agent), or one of the tenant's own.",
            "examples": ["manager"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_words_of_letters_digits_and_underscores() {
        for sound in ["qa", "sales_director", "tier_2", &"a".repeat(40)] {
            assert_eq!(sound.parse::<RoleName>().unwrap().as_str(), sound);
        }
        for wrong in
            ["", "a", "2nd", "Sales", "sales director", "sales-director", "é1", &"a".repeat(41)]
        {
            assert_eq!(wrong.parse::<RoleName>(), Err(InvalidRoleName), "{wrong}");
        }
    }
}
