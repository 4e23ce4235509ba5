//! Rows with named columns, in each of the formats.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{arguments::Format, print::text::harmless};

/// A row: columns in their order. A missing one is not there.
pub(crate) type Record = Map<String, Value>;

/// Writes rows. `columns` are the columns to show, in this order; none means all, in the order in which they appear.
pub(crate) fn render(records: &[Record], columns: &[String], format: Format) -> String {
    let columns = if columns.is_empty() { all_columns(records) } else { columns.to_vec() };
    let format = match format {
        Format::Table => return table(records, &columns),
        Format::Csv => rush_formats::Format::Csv,
        Format::Jsonl => rush_formats::Format::Jsonl,
        Format::Json => rush_formats::Format::Json,
    };
    let rows = records.iter().map(|record| pick(record, &columns));
    let mut out = Vec::new();
    rush_formats::write_rows(&columns, rows, format, &mut out).expect("writing to memory does not fail");
    String::from_utf8(out).expect("all parts are text")
}

pub(crate) fn all_columns(records: &[Record]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut columns = Vec::new();
    for name in records.iter().flat_map(Map::keys) {
        if seen.insert(name.clone()) {
            columns.push(name.clone());
        }
    }
    columns
}

/// The columns of one row; a missing one is null, so that every row has the same.
fn pick(record: &Record, columns: &[String]) -> Vec<Value> {
    columns.iter().map(|name| record.get(name).cloned().unwrap_or(Value::Null)).collect()
}

fn table(records: &[Record], columns: &[String]) -> String {
    if records.is_empty() {
        return "(none)\n".to_owned();
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(columns.iter().map(|name| harmless(name).into_owned()));
    for record in records {
        table.add_row(columns.iter().map(|name| harmless(&cell(record.get(name))).into_owned()));
    }
    for (index, name) in columns.iter().enumerate() {
        let numeric = records
            .iter()
            .filter_map(|record| record.get(name))
            .all(|value| value.is_number() || value.is_null());
        if let Some(column) = table.column_mut(index) {
            column.set_padding((0, 2));
            if numeric {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A cell for people: numbers with seven digits that count, as R shows them; one line.
pub(crate) fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) if number.is_f64() => {
            number.as_f64().map_or_else(String::new, significant)
        }
        other => plain(other).lines().next().unwrap_or_default().to_owned(),
    }
}

fn significant(number: f64) -> String {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    if !(-5.0..15.0).contains(&magnitude) {
        return format!("{number:.6e}");
    }
    // Between 0 and 11 by the range above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked above")]
    let decimals = (6.0 - magnitude).max(0.0) as usize;
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        let rows = [r#"{"x1":1.5,"s":"a,b"}"#, r#"{"x1":-1234.56789,"y":"NaN","s":"say \"hi\""}"#];
        rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    #[test]
    fn every_format_has_every_column_in_every_row() {
        let shown = |format| render(&records(), &[], format);
        assert_eq!(shown(Format::Csv), "x1,s,y\n1.5,\"a,b\",\n-1234.56789,\"say \"\"hi\"\"\",NaN\n");
        assert_eq!(
            shown(Format::Jsonl),
            "{\"x1\":1.5,\"s\":\"a,b\",\"y\":null}\n{\"x1\":-1234.56789,\"s\":\"say \\\"hi\\\"\",\"y\":\"NaN\"}\n"
        );
        assert_eq!(
            shown(Format::Table),
            "       x1  s         y\n 1.500000  a,b\n-1234.568  say \"hi\"  NaN\n"
        );
        assert_eq!(render(&[], &[], Format::Table), "(none)\n");
    }

    #[test]
    fn columns_are_chosen_and_ordered() {
        let columns = ["s".to_owned(), "nowhere".to_owned()];
        assert_eq!(render(&records()[..1], &columns, Format::Csv), "s,nowhere\n\"a,b\",\n");
    }

    #[test]
    fn seven_digits_count() {
        let shown = [0.0, 0.397_887_357, -5.0, 123_456_789.0, 1e-9, 1e300].map(significant);
        assert_eq!(shown, ["0.000000", "0.3978874", "-5.000000", "123456789", "1.000000e-9", "1.000000e300"]);
    }
}
