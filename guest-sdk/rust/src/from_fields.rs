//! From fields to rows: a serde deserializer.

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor,
    value::{MapAccessDeserializer, SeqDeserializer},
};

use crate::{ConversionError, Field, Fields, Value};

type Result<T, E = ConversionError> = std::result::Result<T, E>;

/// Turns an ordered list of named values into a row; the way back of [`to_fields`](crate::to_fields()).
///
/// Other languages write other kinds of numbers: a `number` without a fraction fits an integer, and an integer fits
/// `f64`. A field that may be missing is an `Option`.
///
/// ```
/// use rush_worker::{Field, Value, from_fields};
///
/// #[derive(serde::Deserialize)]
/// struct Point { x1: f64, depth: u8, note: Option<String> }
///
/// let fields = vec![
///     Field { name: "x1".into(), value: Value::Number(0.5) },
///     Field { name: "depth".into(), value: Value::Number(3.0) },
///     Field { name: "note".into(), value: Value::Null },
/// ];
/// let point: Point = from_fields(fields)?;
/// assert_eq!((point.x1, point.depth, point.note), (0.5, 3, None));
/// # Ok::<(), rush_worker::ConversionError>(())
/// ```
pub fn from_fields<T: DeserializeOwned>(fields: Fields) -> Result<T> {
    T::deserialize(MapAccessDeserializer::new(FieldsAccess { fields: fields.into_iter(), value: None }))
}

struct FieldsAccess {
    fields: std::vec::IntoIter<Field>,
    value: Option<Field>,
}

impl<'de> de::MapAccess<'de> for FieldsAccess {
    type Error = ConversionError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        let key = seed.deserialize(field.name.as_str().into_deserializer())?;
        self.value = Some(field);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Field { name, value } =
            self.value.take().ok_or_else(|| ConversionError::new("a value was asked for before its key"))?;
        seed.deserialize(ValueDeserializer(value)).map_err(|error| error.in_field(&name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
    }
}

struct ValueDeserializer(Value);

impl ValueDeserializer {
    /// A number without a fraction that an `i64` can hold, as an integer.
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked, and there is no fraction")]
    fn integral(self) -> Self {
        // The bounds are exact as f64: -2^63 is the least i64, 2^63 the first number beyond the greatest.
        const BOUND: f64 = 9_223_372_036_854_775_808.0;
        match self.0 {
            Value::Number(number) if number.fract() == 0.0 && (-BOUND..BOUND).contains(&number) => {
                Self(Value::Integer(number as i64))
            }
            other => Self(other),
        }
    }

    fn json<T: DeserializeOwned>(text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| ConversionError::new(format!("nested value: {error}")))
    }
}

impl IntoDeserializer<'_, ConversionError> for ValueDeserializer {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

fn list<'de, V: Visitor<'de>, T>(items: Vec<T>, case: fn(T) -> Value, visitor: V) -> Result<V::Value> {
    let mut list = SeqDeserializer::new(items.into_iter().map(|item| ValueDeserializer(case(item))));
    let result = visitor.visit_seq(&mut list)?;
    list.end()?;
    Ok(result)
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.integral().deserialize_any(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for ValueDeserializer {
    type Error = ConversionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(value),
            Value::Integer(value) => visitor.visit_i64(value),
            Value::Number(value) => visitor.visit_f64(value),
            Value::Text(value) => visitor.visit_string(value),
            Value::Bytes(value) => visitor.visit_byte_buf(value),
            Value::Integers(items) => list(items, Value::Integer, visitor),
            Value::Numbers(items) => list(items, Value::Number, visitor),
            Value::Texts(items) => list(items, Value::Text, visitor),
            Value::Json(text) => {
                Self::json::<serde_json::Value>(&text)?.deserialize_any(visitor).map_err(from_json)
            }
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self(value)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.0 {
            Value::Text(variant) => visitor.visit_enum(variant.into_deserializer()),
            Value::Json(text) => Self::json::<serde_json::Value>(&text)?
                .deserialize_enum(name, variants, visitor)
                .map_err(from_json),
            value => Self(value).deserialize_any(visitor),
        }
    }

    /// Lists of small integers are bytes, too: languages without bytes write those.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Integers(items) => {
                let bytes: Result<Vec<u8>, _> = items.into_iter().map(u8::try_from).collect();
                visitor.visit_byte_buf(bytes.map_err(|_| ConversionError::new("a byte is from 0 to 255"))?)
            }
            value => Self(value).deserialize_any(visitor),
        }
    }

    /// And bytes are a list of small integers, for a plain `Vec<u8>`.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Bytes(bytes) => list(bytes, |byte| Value::Integer(byte.into()), visitor),
            value => Self(value).deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string unit unit_struct map struct identifier ignored_any
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn from_json(error: serde_json::Error) -> ConversionError {
    ConversionError::new(format!("nested value: {error}"))
}
