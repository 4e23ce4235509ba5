//! The figures of a bench, in rows and columns.

use serde::{Deserialize, Serialize};

use crate::Cell;

/// A table: words that say what was measured, and then figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    title: String,
    /// Names of the columns with words.
    labels: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A column of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is, with its unit.
    name: String,
    /// How many of them are worth reading.
    decimals: usize,
}

/// What was measured of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    labels: Vec<String>,
    cells: Vec<Cell>,
}

impl Table {
    /// One without columns of figures so far.
    ///
    /// ```
    /// use rush_benches::{Cell, Spread, Table};
    /// let spread = Spread::of(&[410.0, 420.0, 460.0]);
    /// let table = Table::new("What a worker does", &["workers", "subject"])
    ///     .column("tasks/s", 0)
    ///     .column("of the twin", 2)
    ///     .row(["1", "twin"], vec![spread.into(), Cell::None])
    ///     .row(["1", "wasm"], vec![spread.into(), 0.98.into()]);
    /// assert_eq!(table.texts()[1], ["1", "wasm", "420 (410 … 460)", "0.98"]);
    /// ```
    pub fn new(title: impl Into<String>, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        Self { title: title.into(), labels, columns: Vec::new(), rows: Vec::new() }
    }

    /// The same with one more column of figures; its name holds the unit.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, decimals: usize) -> Self {
        self.columns.push(Column { name: name.into(), decimals });
        self
    }

    /// The same with one more row.
    #[must_use]
    pub fn row(mut self, labels: impl IntoIterator<Item = impl Into<String>>, cells: Vec<Cell>) -> Self {
        self.push(labels, cells);
        self
    }

    /// Adds a row: a label for each column with words, and a cell for each with figures; those that are left out are empty.
    pub fn push(&mut self, labels: impl IntoIterator<Item = impl Into<String>>, cells: Vec<Cell>) {
        let labels: Vec<_> = labels.into_iter().map(Into::into).collect();
        debug_assert!(labels.len() <= self.labels.len(), "{labels:?} has no place in {:?}", self.labels);
        debug_assert!(cells.len() <= self.columns.len(), "{cells:?} has no place in {:?}", self.columns);
        self.rows.push(Row { labels, cells });
    }

    /// What it tells.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How many columns have words.
    pub fn words(&self) -> usize {
        self.labels.len()
    }

    /// The names of all columns.
    pub fn header(&self) -> Vec<&str> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        self.labels.iter().map(String::as_str).chain(names).collect()
    }

    /// All rows as people read them, each as long as the header.
    pub fn texts(&self) -> Vec<Vec<String>> {
        self.rows.iter().map(|row| self.texts_of(row)).collect()
    }

    fn texts_of(&self, row: &Row) -> Vec<String> {
        let labels = (0..self.labels.len()).map(|at| row.labels.get(at).cloned().unwrap_or_default());
        let cells =
            self.columns.iter().enumerate().map(|(at, column)| {
                row.cells.get(at).map(|cell| cell.text(column.decimals)).unwrap_or_default()
            });
        labels.chain(cells).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_long_as_the_header() {
        let table = Table::new("", &["a", "b"]).column("c", 0).column("d", 1).row(["x"], vec![1.0.into()]);
        assert_eq!(table.header(), ["a", "b", "c", "d"]);
        assert_eq!(table.texts(), [["x", "", "1", ""]]);
    }
}
