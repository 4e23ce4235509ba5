//! TOML to JSON: how `[loop.args]` reaches the loop.

use serde_json::{Map, Number, Value};

/// One JSON document. Numbers that JSON does not have become the strings `"NaN"`, `"Inf"` and `"-Inf"`; dates and times
/// become strings as TOML writes them.
pub(crate) fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(number.into()),
        toml::Value::Float(number) => from_float(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => Value::Object(from_table(table)),
    }
}

/// Like [`from_toml`], for a table. The order of its keys is kept.
pub(crate) fn from_table(table: toml::Table) -> Map<String, Value> {
    table.into_iter().map(|(key, value)| (key, from_toml(value))).collect()
}

fn from_float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "Inf".into(),
        None => "-Inf".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_toml_has_has_a_place_in_json() {
        let table: toml::Table = toml::from_str(
            "b = 1\na = [nan, inf, -inf, 1.5, 1.0]\nd = 2026-01-02T03:04:05Z\nt = { x = 'y', n = [[1], []] }\nf = false",
        )
        .unwrap();
        assert_eq!(
            serde_json::to_string(&from_table(table)).unwrap(),
            r#"{"b":1,"a":["NaN","Inf","-Inf",1.5,1.0],"d":"2026-01-02T03:04:05Z","t":{"x":"y","n":[[1],[]]},"f":false}"#
        );
    }
}
