//! Values of the contract in bytes. Leaner than what is stored: both ends are of one build, so nothing names itself, and vectors are
//! copied as they lie in memory.

use super::bytes::{Malformed, Reader, Write as _};
use crate::bindings::rush::worker::types::{Condition, Field, Value};

pub(super) fn write_fields(out: &mut Vec<u8>, fields: &[Field]) {
    out.length(fields.len());
    for Field { name, value } in fields {
        out.text(name);
        write_value(out, value);
    }
}

pub(super) fn write_condition(out: &mut Vec<u8>, condition: &Condition) {
    out.text(&condition.kind);
    out.text(&condition.message);
    write_fields(out, &condition.details);
}

pub(super) fn read_fields(reader: &mut Reader<'_>) -> Result<Vec<Field>, Malformed> {
    // A length and a case.
    reader.list(2, |reader| Ok(Field { name: reader.text()?, value: read_value(reader)? }))
}

pub(super) fn read_condition(reader: &mut Reader<'_>) -> Result<Condition, Malformed> {
    Ok(Condition { kind: reader.text()?, message: reader.text()?, details: read_fields(reader)? })
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Boolean(boolean) => out.extend([1, u8::from(*boolean)]),
        Value::Integer(integer) => {
            out.push(2);
            out.extend(integer.to_le_bytes());
        }
        Value::Number(number) => {
            out.push(3);
            out.extend(number.to_le_bytes());
        }
        Value::Text(text) => {
            out.push(4);
            out.text(text);
        }
        Value::Bytes(bytes) => {
            out.push(5);
            out.counted(bytes);
        }
        Value::Integers(integers) => {
            out.push(6);
            out.length(integers.len());
            out.extend(integers.iter().flat_map(|integer| integer.to_le_bytes()));
        }
        Value::Numbers(numbers) => {
            out.push(7);
            out.length(numbers.len());
            out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        Value::Texts(texts) => {
            out.push(8);
            out.length(texts.len());
            for text in texts {
                out.text(text);
            }
        }
        Value::Json(json) => {
            out.push(9);
            out.text(json);
        }
    }
}

fn read_value(reader: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(match reader.byte()? {
        0 => Value::Null,
        1 => match reader.byte()? {
            0 => Value::Boolean(false),
            1 => Value::Boolean(true),
            _ => return Err(Malformed("a boolean is neither true nor false")),
        },
        2 => Value::Integer(i64::from_le_bytes(reader.array()?)),
        3 => Value::Number(f64::from_le_bytes(reader.array()?)),
        4 => Value::Text(reader.text()?),
        5 => {
            let bytes = reader.counted()?;
            reader.takes(bytes.len())?;
            Value::Bytes(bytes.to_vec())
        }
        6 => Value::Integers(reader.list(8, |reader| Ok(i64::from_le_bytes(reader.array()?)))?),
        7 => Value::Numbers(reader.list(8, |reader| Ok(f64::from_le_bytes(reader.array()?)))?),
        8 => Value::Texts(reader.list(1, Reader::text)?),
        9 => Value::Json(reader.text()?),
        _ => return Err(Malformed("a value has a case that does not exist")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(values: Vec<Value>) -> Vec<Field> {
        values.into_iter().map(|value| Field { name: "x".to_owned(), value }).collect()
    }

    fn read(bytes: &[u8], room: usize) -> Result<String, Malformed> {
        let mut reader = Reader::new(bytes, room);
        let fields = read_fields(&mut reader)?;
        reader.end()?;
        Ok(format!("{fields:?}"))
    }

    fn all_cases() -> Vec<Field> {
        fields(vec![
            Value::Null,
            Value::Boolean(true),
            Value::Integer(i64::MIN),
            Value::Number(f64::NAN),
            Value::Number(-0.0),
            Value::Text("ä".to_owned()),
            Value::Bytes(vec![0, 255]),
            Value::Integers(vec![1, -1]),
            Value::Numbers(vec![f64::INFINITY, 0.5]),
            Value::Texts(vec![String::new(), "b".to_owned()]),
            Value::Json("[1]".to_owned()),
        ])
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut out = Vec::new();
        write_fields(&mut out, &all_cases());
        assert_eq!(read(&out, 4096), Ok(format!("{:?}", all_cases())));
        assert_eq!(out.len(), 107, "eleven values with names");
    }

    #[test]
    fn a_damaged_message_is_an_error_or_other_values_and_nothing_worse() {
        let mut whole = Vec::new();
        write_fields(&mut whole, &all_cases());
        for length in 0..whole.len() {
            assert!(read(&whole[..length], 4096).is_err(), "cut to {length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let _ = read(&damaged, 4096);
        }
    }

    #[test]
    fn small_messages_do_not_become_large() {
        // Each of these takes two bytes in the message, and many more in memory.
        let mut out = Vec::new();
        write_fields(&mut out, &vec![Field { name: String::new(), value: Value::Null }; 1000]);
        assert!(out.len() < 2_100);
        assert!(read(&out, 4 << 10).is_err());
        assert!(read(&out, 1000 * size_of::<Field>()).is_ok());
    }
}
