//! Reads a part of a file as a value of Rust, and says where it does not fit.

use serde::{
    Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use crate::source::{Content, Member, Node, Position};

/// What does not fit, and where.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Misfit {
    pub(crate) message: String,
    pub(crate) at: Option<Position>,
    /// A JSON pointer, from the part that was read.
    pub(crate) path: String,
}

impl de::Error for Misfit {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), at: None, path: String::new() }
    }
}

impl Misfit {
    /// At this place, unless it is known more exactly.
    fn at(mut self, place: Position) -> Self {
        self.at.get_or_insert(place);
        self
    }

    /// In this part of a map or a list.
    fn inside(mut self, key: &str) -> Self {
        self.path = format!("/{}{}", key.replace('~', "~0").replace('/', "~1"), self.path);
        self
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.content {
            Content::Null => visitor.visit_unit(),
            Content::Bool(flag) => visitor.visit_bool(*flag),
            Content::Number(number) => number.deserialize_any(visitor).map_err(de::Error::custom),
            Content::Text(text) => visitor.visit_borrowed_str(text),
            Content::List(items) => visitor.visit_seq(Items { items: items.iter().enumerate() }),
            Content::Map(members) => {
                visitor.visit_map(Members { members: members.iter(), value: None })
            }
        }
        .map_err(|misfit| misfit.at(self.at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.content {
            Content::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Items<'n> {
    items: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some((place, item)) = self.items.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|misfit| misfit.inside(&place.to_string()))
    }
}

struct Members<'n> {
    members: std::slice::Iter<'n, Member>,
    value: Option<&'n Member>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some(member) = self.members.next() else { return Ok(None) };
        self.value = Some(member);
        let key = de::value::BorrowedStrDeserializer::new(&member.key);
        let read = seed.deserialize(key);
        read.map(Some).map_err(|misfit: Misfit| misfit.at(member.key_at).inside(&member.key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        let Some(member) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(&member.value).map_err(|misfit| misfit.inside(&member.key))
    }
}
