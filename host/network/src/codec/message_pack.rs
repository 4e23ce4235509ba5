//! `MessagePack`: the default codec, and readable by every language.
//!
//! Named values are a map in their order. Scalars and vectors are what a `MessagePack` user would expect: a vector is an
//! array of integers, of floats or of strings. Three things need an extension type, because plain `MessagePack` could not
//! tell them apart when read again: JSON text (1), and empty vectors of integers (2) and of numbers (3).

use rmp::{Marker, decode, encode};

use super::{Codec, DecodeError};
use crate::{Condition, Field, Fields, Value};

const JSON: i8 = 1;
const NO_INTEGERS: i8 = 2;
const NO_NUMBERS: i8 = 3;

/// Nesting beyond this is not ours, and would overflow the stack of whoever reads it.
const MAX_DEPTH: usize = 64;

/// The default [`Codec`].
#[derive(Debug, Clone, Copy, Default)]
pub struct MessagePack;

impl Codec for MessagePack {
    fn name(&self) -> &'static str {
        "MessagePack"
    }

    fn encode_fields(&self, fields: &[Field]) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(16 + fields.iter().map(|f| f.name.len() + f.value.size() + 8).sum::<usize>());
        write_fields(&mut out, fields);
        out
    }

    fn decode_fields(&self, bytes: &[u8]) -> Result<Fields, DecodeError> {
        let mut reader = Reader(bytes);
        let fields = reader.fields()?;
        reader.end()?;
        Ok(fields)
    }

    fn each_field(&self, bytes: &[u8], each: &mut dyn FnMut(&str, Value)) -> Result<(), DecodeError> {
        let mut reader = Reader(bytes);
        for _ in 0..reader.map_len()? {
            let name = reader.str()?;
            each(name, reader.value()?);
        }
        reader.end()
    }

    fn count_fields(&self, bytes: &[u8]) -> usize {
        Reader(bytes).map_len().unwrap_or(0)
    }

    fn encode_condition(&self, condition: &Condition) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + condition.message.len());
        infallible(encode::write_map_len(&mut out, 3));
        text(&mut out, "kind");
        text(&mut out, &condition.kind);
        text(&mut out, "message");
        text(&mut out, &condition.message);
        text(&mut out, "details");
        write_fields(&mut out, &condition.details);
        out
    }

    fn decode_condition(&self, bytes: &[u8]) -> Result<Condition, DecodeError> {
        let mut reader = Reader(bytes);
        let mut condition = Condition::new("error", "");
        for _ in 0..reader.map_len()? {
            match reader.text()?.as_str() {
                "kind" => condition.kind = reader.text()?,
                "message" => condition.message = reader.text()?,
                "details" => condition.details = reader.fields()?,
                _ => drop(reader.value()?),
            }
        }
        reader.end()?;
        Ok(condition)
    }

    fn decode_condition_kind(&self, bytes: &[u8]) -> Result<String, DecodeError> {
        // It stands first; what comes after it is longer.
        let mut reader = Reader(bytes);
        if reader.map_len()? > 0 && reader.str()? == "kind" {
            return reader.text();
        }
        self.decode_condition(bytes).map(|condition| condition.kind)
    }

    fn encode_text(&self, value: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(value.len() + 5);
        text(&mut out, value);
        out
    }

    fn decode_text(&self, bytes: &[u8]) -> Result<String, DecodeError> {
        let mut reader = Reader(bytes);
        let value = reader.text()?;
        reader.end()?;
        Ok(value)
    }
}

fn infallible<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("writing to memory does not fail")
}

/// Lengths are 32 bits in `MessagePack`, and a Redis string ends at 512 MiB.
fn length(len: usize) -> u32 {
    u32::try_from(len).expect("`max_value` keeps values far below 4 GiB")
}

fn text(out: &mut Vec<u8>, value: &str) {
    infallible(encode::write_str(out, value));
}

fn write_fields(out: &mut Vec<u8>, fields: &[Field]) {
    infallible(encode::write_map_len(out, length(fields.len())));
    for field in fields {
        text(out, &field.name);
        write_value(out, &field.value);
    }
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => infallible(encode::write_nil(out)),
        Value::Boolean(boolean) => infallible(encode::write_bool(out, *boolean)),
        Value::Integer(integer) => drop(infallible(encode::write_sint(out, *integer))),
        Value::Number(number) => infallible(encode::write_f64(out, *number)),
        Value::Text(value) => text(out, value),
        Value::Bytes(bytes) => infallible(encode::write_bin(out, bytes)),
        Value::Integers(values) if values.is_empty() => {
            infallible(encode::write_ext_meta(out, 0, NO_INTEGERS).map(|_| ()));
        }
        Value::Numbers(values) if values.is_empty() => {
            infallible(encode::write_ext_meta(out, 0, NO_NUMBERS).map(|_| ()));
        }
        Value::Integers(values) => {
            infallible(encode::write_array_len(out, length(values.len())));
            for value in values {
                infallible(encode::write_sint(out, *value));
            }
        }
        Value::Numbers(values) => {
            infallible(encode::write_array_len(out, length(values.len())));
            for value in values {
                infallible(encode::write_f64(out, *value));
            }
        }
        Value::Texts(values) => {
            infallible(encode::write_array_len(out, length(values.len())));
            for value in values {
                text(out, value);
            }
        }
        Value::Json(value) => {
            infallible(encode::write_ext_meta(out, length(value.len()), JSON));
            out.extend_from_slice(value.as_bytes());
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err` everywhere")]
fn wrong(cause: impl ToString) -> DecodeError {
    DecodeError { codec: "MessagePack", cause: cause.to_string() }
}

/// Reads from the front of a slice. Lengths are believed only as far as there are bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn end(&self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(wrong(format!("{} bytes too many", self.0.len()))) }
    }

    fn map_len(&mut self) -> Result<usize, DecodeError> {
        decode::read_map_len(&mut self.0).map(|len| len as usize).map_err(wrong)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (front, rest) = self.0.split_at_checked(len).ok_or_else(|| wrong("it ends too early"))?;
        self.0 = rest;
        Ok(front)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        self.str().map(str::to_owned)
    }

    fn str(&mut self) -> Result<&'a str, DecodeError> {
        let len = decode::read_str_len(&mut self.0).map_err(wrong)?;
        self.utf8(len)
    }

    fn utf8(&mut self, len: u32) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.take(len as usize)?).map_err(wrong)
    }

    fn fields(&mut self) -> Result<Fields, DecodeError> {
        let len = self.map_len()?;
        // Two bytes are the least that an entry takes.
        let mut fields = Fields::with_capacity(len.min(self.0.len() / 2));
        for _ in 0..len {
            fields.push(Field { name: self.text()?, value: self.value()? });
        }
        Ok(fields)
    }

    fn value(&mut self) -> Result<Value, DecodeError> {
        let marker = Marker::from_u8(*self.0.first().ok_or_else(|| wrong("it ends too early"))?);
        Ok(match marker {
            Marker::Null => {
                decode::read_nil(&mut self.0).map_err(wrong)?;
                Value::Null
            }
            Marker::True | Marker::False => Value::Boolean(decode::read_bool(&mut self.0).map_err(wrong)?),
            Marker::F32 => Value::Number(decode::read_f32(&mut self.0).map_err(wrong)?.into()),
            Marker::F64 => Value::Number(decode::read_f64(&mut self.0).map_err(wrong)?),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => Value::Text(self.text()?),
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let len = decode::read_bin_len(&mut self.0).map_err(wrong)?;
                Value::Bytes(self.take(len as usize)?.to_vec())
            }
            Marker::FixPos(_)
            | Marker::FixNeg(_)
            | Marker::U8
            | Marker::U16
            | Marker::U32
            | Marker::U64
            | Marker::I8
            | Marker::I16
            | Marker::I32
            | Marker::I64 => Value::Integer(decode::read_int(&mut self.0).map_err(wrong)?),
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => self.vector()?,
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => Value::Json(self.json(0)?.to_string()),
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32 => self.extension()?,
            Marker::Reserved => return Err(wrong("the reserved marker 0xc1")),
        })
    }

    fn extension(&mut self) -> Result<Value, DecodeError> {
        let meta = decode::read_ext_meta(&mut self.0).map_err(wrong)?;
        match (meta.typeid, meta.size) {
            (JSON, size) => Ok(Value::Json(self.utf8(size)?.to_owned())),
            (NO_INTEGERS, 0) => Ok(Value::Integers(Vec::new())),
            (NO_NUMBERS, 0) => Ok(Value::Numbers(Vec::new())),
            (other, _) => Err(wrong(format!("unknown extension type {other}"))),
        }
    }

    /// An array of one kind is a vector; anything else, which only another writer makes, is JSON.
    fn vector(&mut self) -> Result<Value, DecodeError> {
        let start = self.0;
        let len = decode::read_array_len(&mut self.0).map_err(wrong)? as usize;
        let marker = self.0.first().map(|byte| Marker::from_u8(*byte));
        let vector = match marker {
            _ if len == 0 => Some(Value::Texts(Vec::new())),
            Some(Marker::F64 | Marker::F32) => self
                .all(len, |value| match value {
                    Value::Number(number) => Some(number),
                    _ => None,
                })?
                .map(Value::Numbers),
            Some(Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32) => self
                .all(len, |value| match value {
                    Value::Text(text) => Some(text),
                    _ => None,
                })?
                .map(Value::Texts),
            Some(
                Marker::FixPos(_)
                | Marker::FixNeg(_)
                | Marker::U8
                | Marker::U16
                | Marker::U32
                | Marker::U64
                | Marker::I8
                | Marker::I16
                | Marker::I32
                | Marker::I64,
            ) => self
                .all(len, |value| match value {
                    Value::Integer(integer) => Some(integer),
                    _ => None,
                })?
                .map(Value::Integers),
            _ => None,
        };
        if let Some(vector) = vector {
            return Ok(vector);
        }
        self.0 = start;
        Ok(Value::Json(self.json(0)?.to_string()))
    }

    fn all<T>(
        &mut self,
        len: usize,
        one: impl Fn(Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let mut values = Vec::with_capacity(len.min(self.0.len()));
        for _ in 0..len {
            // A nested array is never part of a vector; seen before it is read, so that nesting cannot recurse here.
            let first = self.0.first().map(|byte| Marker::from_u8(*byte));
            if matches!(first, Some(Marker::FixArray(_) | Marker::Array16 | Marker::Array32)) {
                return Ok(None);
            }
            match one(self.value()?) {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(values))
    }

    fn json(&mut self, depth: usize) -> Result<serde_json::Value, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(wrong(format!("nested deeper than {MAX_DEPTH}")));
        }
        let marker = Marker::from_u8(*self.0.first().ok_or_else(|| wrong("it ends too early"))?);
        match marker {
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                let len = decode::read_array_len(&mut self.0).map_err(wrong)?;
                (0..len).map(|_| self.json(depth + 1)).collect()
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                let len = self.map_len()?;
                (0..len).map(|_| Ok((self.text()?, self.json(depth + 1)?))).collect()
            }
            _ => Ok(super::value_to_json(&self.value()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fields;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Boolean),
            any::<i64>().prop_map(Value::Integer),
            prop_oneof![any::<f64>(), Just(f64::INFINITY), Just(-0.0)].prop_map(Value::Number),
            any::<String>().prop_map(Value::Text),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<Vec<i64>>().prop_map(Value::Integers),
            any::<Vec<f64>>().prop_map(Value::Numbers),
            any::<Vec<String>>().prop_map(Value::Texts),
            Just(Value::Json(r#"{"a":[1,{"b":null}]}"#.into())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(named in prop::collection::vec((any::<String>(), value()), 0..8)) {
            let fields: Fields = named.into_iter().map(|(name, value)| Field { name, value }).collect();
            let read = MessagePack.decode_fields(&MessagePack.encode_fields(&fields)).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{fields:?}"), "NaN compares by its text");
        }

        #[test]
        fn arbitrary_bytes_are_an_error_or_fields_and_nothing_worse(bytes in any::<Vec<u8>>()) {
            let _ = MessagePack.decode_fields(&bytes);
            let _ = MessagePack.decode_condition(&bytes);
        }
    }

    #[test]
    fn empty_vectors_keep_their_kind() {
        let fields = vec![
            Field { name: "i".into(), value: Value::Integers(vec![]) },
            Field { name: "n".into(), value: Value::Numbers(vec![]) },
            Field { name: "t".into(), value: Value::Texts(vec![]) },
        ];
        assert_eq!(MessagePack.decode_fields(&MessagePack.encode_fields(&fields)).unwrap(), fields);
    }

    #[test]
    fn another_writers_nested_map_is_json() {
        // {"a": {"b": [1, "x"]}}
        let bytes = b"\x81\xa1a\x81\xa1b\x92\x01\xa1x";
        let fields = MessagePack.decode_fields(bytes).unwrap();
        assert_eq!(fields, vec![Field { name: "a".into(), value: Value::Json(r#"{"b":[1,"x"]}"#.into()) }]);
    }

    #[test]
    fn a_length_is_not_believed() {
        // An array of 2^32 - 1 elements in five bytes.
        assert!(MessagePack.decode_fields(b"\x81\xa1a\xdd\xff\xff\xff\xff").is_err());
        let deep = [b"\x81\xa1a".to_vec(), vec![0x91; 1_000_000]].concat();
        assert!(MessagePack.decode_fields(&deep).is_err());
    }

    #[test]
    fn a_condition_keeps_its_details() {
        let condition = Condition {
            kind: "trap".into(),
            message: "unreachable".into(),
            details: fields! { "at" => "f" },
        };
        assert_eq!(
            MessagePack.decode_condition(&MessagePack.encode_condition(&condition)).unwrap(),
            condition
        );
    }
}
