//! Reading what Redis answers. What does not fit is an error that shows it, never a panic.

use redis::Value;

use crate::{Error, Result};

pub(crate) fn unexpected(value: &Value) -> Error {
    let mut text = format!("{value:?}");
    if text.len() > 200 {
        text = text.chars().take(200).collect::<String>() + "…";
    }
    Error::Redis(format!("an answer that was not expected: {text}"))
}

/// How many bytes of content it has.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::BulkString(bytes) => bytes.len(),
        Value::Array(values) => values.iter().map(size).sum(),
        _ => 0,
    }
}

pub(crate) fn array(value: Value) -> Result<Vec<Value>> {
    match value {
        // RESP3 answers SMEMBERS with a set.
        Value::Array(values) | Value::Set(values) => Ok(values),
        Value::Nil => Ok(Vec::new()),
        other => Err(unexpected(&other)),
    }
}

pub(crate) fn integer(value: &Value) -> Result<i64> {
    match value {
        Value::Int(integer) => Ok(*integer),
        other => Err(unexpected(other)),
    }
}

pub(crate) fn count(value: &Value) -> Result<u64> {
    integer(value).and_then(|integer| u64::try_from(integer).map_err(|_| unexpected(value)))
}

pub(crate) fn bytes(value: Value) -> Result<Option<Vec<u8>>> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes)),
        // RESP3 answers INFO with the latter.
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(Some(text.into_bytes())),
        other => Err(unexpected(&other)),
    }
}

pub(crate) fn text(value: Value) -> Result<Option<String>> {
    bytes(value)?
        .map(|bytes| String::from_utf8(bytes).map_err(|_| Error::Redis("text that is not UTF-8".into())))
        .transpose()
}

pub(crate) fn texts(value: Value) -> Result<Vec<String>> {
    array(value)?.into_iter().map(|value| Ok(text(value)?.unwrap_or_default())).collect()
}

/// The fields of a hash that was asked for with HGETALL or as pairs.
pub(crate) fn pairs(value: Value) -> Result<Vec<(String, Vec<u8>)>> {
    let mut flat = match value {
        Value::Map(pairs) => pairs.into_iter().flat_map(|(name, value)| [name, value]).collect(),
        other => array(other)?,
    }
    .into_iter();
    let mut pairs = Vec::with_capacity(flat.len() / 2);
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((text(name)?.unwrap_or_default(), bytes(value)?.unwrap_or_default()));
    }
    Ok(pairs)
}
