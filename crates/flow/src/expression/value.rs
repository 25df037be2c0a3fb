//! Between JSON and the expression engine's values.

use std::fmt::Write as _;

use jaq_json::{Map, Num, Rc, Val};
use serde_json::Value;

use super::{PART_BYTES, VALUE_BYTES_MAX, VALUE_DEPTH_MAX};

/// The largest whole number that a float holds exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

pub(crate) fn from_json(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(flag) => Val::Bool(*flag),
        Value::Number(number) => Val::Num(from_number(number)),
        Value::String(text) => Val::utf8_str(text.clone().into_bytes()),
        Value::Array(items) => Val::Arr(Rc::new(items.iter().map(from_json).collect())),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, member)| (Val::utf8_str(key.clone().into_bytes()), from_json(member)));
            Val::obj(members.collect::<Map>())
        }
    }
}

fn from_number(number: &serde_json::Number) -> Num {
    if let Some(number) = number.as_i64() {
        return Num::from_integral(number);
    }
    match number.as_u64() {
        Some(number) => Num::from_integral(number),
        None => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// The value as JSON, or why JSON cannot hold it. And how much of it was written.
pub(crate) fn to_json(value: &Val) -> (Result<Value, String>, usize) {
    let mut bytes_left = VALUE_BYTES_MAX;
    let written = write(value, 0, &mut bytes_left);
    (written, VALUE_BYTES_MAX - bytes_left)
}

fn write(value: &Val, depth: usize, bytes_left: &mut usize) -> Result<Value, String> {
    if VALUE_DEPTH_MAX < depth {
        return Err("gave a value that is nested too deeply".to_owned());
    }
    let size = match value {
        Val::TStr(text) => PART_BYTES + text.len(),
        _ => PART_BYTES,
    };
    let Some(left) = bytes_left.checked_sub(size) else {
        *bytes_left = 0;
        return Err(format!("gave a value of more than {VALUE_BYTES_MAX} bytes"));
    };
    *bytes_left = left;
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(flag) => Value::Bool(*flag),
        Val::Num(number) => Value::Number(to_number(number)?),
        Val::TStr(text) => Value::String(to_text(text)?),
        Val::BStr(_) => return Err("gave bytes; JSON holds only text".to_owned()),
        Val::Arr(items) => Value::Array(
            items
                .iter()
                .map(|item| write(item, depth + 1, bytes_left))
                .collect::<Result<_, _>>()?,
        ),
        Val::Obj(members) => {
            let mut object = serde_json::Map::with_capacity(members.len());
            for (key, member) in members.iter() {
                let Val::TStr(key) = key else {
                    return Err("gave an object with a key that is not text".to_owned());
                };
                *bytes_left = bytes_left.saturating_sub(key.len());
                object.insert(to_text(key)?, write(member, depth + 1, bytes_left)?);
            }
            Value::Object(object)
        }
    })
}

fn to_text(bytes: &[u8]) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err("gave text that is not valid UTF-8".to_owned()),
    }
}

fn to_number(number: &Num) -> Result<serde_json::Number, String> {
    let float = match number {
        Num::Int(number) => return Ok(serde_json::Number::from(*number)),
        Num::BigInt(number) => {
            if let Ok(number) = u64::try_from(&**number) {
                return Ok(serde_json::Number::from(number));
            }
            jaq_std::ValT::as_f64(&Val::Num(Num::BigInt(Rc::clone(number))))
        }
        Num::Float(number) => Some(*number),
        Num::Dec(text) => text.parse().ok(),
    };
    let float = float.unwrap_or(f64::NAN);
    // As jq does: what is whole is written as a whole number.
    if float.fract() == 0.0 && float.abs() <= EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        return Ok(serde_json::Number::from(float as i64));
    }
    serde_json::Number::from_f64(float)
        .ok_or_else(|| format!("gave {float}, which is not a JSON number"))
}

/// How deep a value nests: 0 for a scalar.
pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// How much a value takes: so much for each part, and the length of its text.
pub(crate) fn size(value: &Value) -> usize {
    PART_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(size).sum(),
            Value::Object(members) => {
                members.iter().map(|(key, member)| key.len() + size(member)).sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// The start of what `item` prints. Nothing is built of the rest.
pub(super) fn shortened_display(item: &impl std::fmt::Display, chars_max: usize) -> String {
    struct Limited {
        text: String,
        left: usize,
    }
    impl std::fmt::Write for Limited {
        fn write_str(&mut self, part: &str) -> std::fmt::Result {
            for character in part.chars() {
                self.left = self.left.checked_sub(1).ok_or(std::fmt::Error)?;
                self.text.push(character);
            }
            Ok(())
        }
    }
    let mut limited = Limited { text: String::new(), left: chars_max };
    if write!(limited, "{item}").is_err() {
        limited.text.push('…');
    }
    limited.text
}
