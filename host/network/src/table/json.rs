//! A table as JSON, for languages that like that better.

use super::{columns::Column, data::Data, record_batch::own_name, snapshot::Table};
use crate::value_to_json;

impl Table {
    /// The whole table as a JSON array of objects: `key`, `state`, then the columns. NaN and the infinities are strings, a
    /// missing value is null.
    pub fn json(&self) -> String {
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
                    json.push_str(&format!(",{name}:{}", value_to_json(&data.value(row))));
                }
                json.push('}');
            }
        }
        json.push(']');
        json
    }
}
