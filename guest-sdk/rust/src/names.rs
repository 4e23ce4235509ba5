//! The names that a type wants, so that only those are asked of the host.

use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};

/// The names of the fields of a struct, as serde knows them; none for what does not say them beforehand: maps, and structs
/// with a flattened part.
pub(crate) fn of<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    T::deserialize(Probe).err().and_then(|Answer(names)| names)
}

/// Pretends to deserialize, to be told the names; then it fails.
struct Probe;

/// What was learnt, in the form of an error.
#[derive(Debug)]
struct Answer(Option<&'static [&'static str]>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("only the names were wanted")
    }
}

impl std::error::Error for Answer {}

impl de::Error for Answer {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

impl<'de> de::Deserializer<'de> for Probe {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Answer> {
        Err(Answer(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Answer> {
        Err(Answer(Some(names)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Point {
        #[expect(dead_code, reason = "only its name matters")]
        x1: f64,
        #[serde(rename = "xs.y")]
        #[expect(dead_code, reason = "only its name matters")]
        y: f64,
    }

    #[derive(Deserialize)]
    struct Wrapped(#[expect(dead_code, reason = "only its type matters")] Point);

    #[derive(Deserialize)]
    struct Flat {
        #[serde(flatten)]
        #[expect(dead_code, reason = "only its type matters")]
        point: Point,
    }

    #[test]
    fn a_struct_says_its_names() {
        assert_eq!(of::<Point>(), Some(&["x1", "xs.y"][..]));
        assert_eq!(of::<Wrapped>(), of::<Point>());
    }

    #[test]
    fn what_says_none_takes_all() {
        assert_eq!(of::<BTreeMap<String, f64>>(), None);
        assert_eq!(of::<Flat>(), None);
    }
}
