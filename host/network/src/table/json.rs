//! A table as JSON, for languages that like that better.

use serde::de::IgnoredAny;

use super::{columns::Column, data::Data, record_batch::own_name, snapshot::Table};
use crate::{Value, value_to_json};

impl Table {
    /// The whole table as a JSON array of objects: `key`, `state`, then the columns. NaN and the infinities are strings, a
    /// missing value is null.
    pub fn json(&self) -> String {
        self.json_within(usize::MAX).unwrap_or_default()
    }

    /// The same, unless it takes more bytes than this: then it is given up as soon as that shows.
    pub fn json_within(&self, bytes: usize) -> Option<String> {
        let columns = self.all_columns();
        let quoted = |name: &str| serde_json::Value::from(name).to_string();
        let [key, state] = ["key", "state"].map(|name| quoted(&own_name(columns, name)));
        let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
        let mut json = String::from("[");
        for piece in self.pieces() {
            let data = |column: &Column| piece.data(&column.source);
            let data: Vec<Data> = columns.iter().map(data).collect();
            for row in 0..piece.len {
                if json.len() > 1 {
                    json.push(',');
                }
                let at = piece.start + row;
                json.push_str(&format!("{{{key}:{},", quoted(piece.chunk.keys().value(at))));
                json.push_str(&format!("{state}:\"{}\"", piece.chunk.states()[at]));
                for (name, data) in names.iter().zip(&data) {
                    if json.len() > bytes {
                        return None;
                    }
                    json.push_str(&format!(",{name}:"));
                    push_value(&mut json, data.value(row));
                }
                json.push('}');
            }
        }
        json.push(']');
        (json.len() <= bytes).then_some(json)
    }
}

/// Writes vectors item by item, and JSON as it stands: as one tree they would take many times what they hold.
fn push_value(json: &mut String, value: Value) {
    match value {
        Value::Bytes(bytes) => push_items(json, bytes, |byte| i64::from(byte).into()),
        Value::Integers(integers) => push_items(json, integers, Value::Integer),
        Value::Numbers(numbers) => push_items(json, numbers, Value::Number),
        Value::Texts(texts) => push_items(json, texts, Value::Text),
        Value::Json(text) if serde_json::from_str::<IgnoredAny>(&text).is_ok() => json.push_str(&text),
        other => json.push_str(&value_to_json(&other).to_string()),
    }
}

fn push_items<Item>(json: &mut String, items: Vec<Item>, value: impl Fn(Item) -> Value) {
    json.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&value_to_json(&value(item)).to_string());
    }
    json.push(']');
}
