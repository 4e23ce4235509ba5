//! The only place that prints: data to standard output, talk to standard error.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::Result;

/// Writes a table to standard output; all columns but the first `texts` are numbers.
#[expect(clippy::print_stdout, reason = "a bench is a program")]
pub(crate) fn print_table(header: &[&str], texts: usize, rows: &[Vec<String>]) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header).add_rows(rows);
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
}

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "a bench is a program")]
pub(crate) fn print_text(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Writes a JSON document to standard output.
#[expect(clippy::print_stdout, reason = "a bench is a program")]
pub fn print_json(document: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(document)?);
    Ok(())
}

/// Tells how far the bench is, or what a figure means.
#[expect(clippy::print_stderr, reason = "a bench is a program")]
pub fn print_line(line: impl AsRef<str>) {
    eprintln!("{}", line.as_ref());
}
