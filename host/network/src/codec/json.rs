//! Values as JSON, for people and for what is nested.
//!
//! JSON has neither NaN nor infinities nor a missing number: the former are written as the strings `NaN`, `Inf` and
//! `-Inf`, the latter as null.

use serde_json::{Map, Number, Value as Json};

use crate::{Field, Value};

/// A value as JSON; bytes become an array of numbers.
pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(boolean) => Json::Bool(*boolean),
        Value::Integer(integer) => Json::from(*integer),
        Value::Number(number) => number_to_json(*number),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => bytes.iter().copied().map(Json::from).collect(),
        Value::Integers(integers) => integers.iter().copied().map(Json::from).collect(),
        Value::Numbers(numbers) => numbers.iter().copied().map(number_to_json).collect(),
        Value::Texts(texts) => texts.iter().cloned().map(Json::String).collect(),
        // The text was checked when it was written; another writer's mistake is shown as it is.
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone())),
    }
}

/// Named values as a JSON object, in their order.
pub fn fields_to_json(fields: &[Field]) -> Map<String, Json> {
    fields.iter().map(|field| (field.name.clone(), value_to_json(&field.value))).collect()
}

fn number_to_json(number: f64) -> Json {
    match Number::from_f64(number) {
        Some(finite) => Json::Number(finite),
        None if number.is_nan() => Json::String("NaN".into()),
        None if number > 0.0 => Json::String("Inf".into()),
        None => Json::String("-Inf".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_cannot_say_is_a_string() {
        let numbers = Value::Numbers(vec![1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(value_to_json(&numbers).to_string(), r#"[1.5,"NaN","Inf","-Inf"]"#);
        assert_eq!(value_to_json(&Value::Null), Json::Null);
    }

    #[test]
    fn names_keep_their_order() {
        let fields = crate::fields! { "z" => 1_i64, "a" => Value::Json(r#"{"b":[1,2]}"#.into()) };
        assert_eq!(Json::Object(fields_to_json(&fields)).to_string(), r#"{"z":1,"a":{"b":[1,2]}}"#);
    }
}
