//! Tables that are wider than the terminal: which columns stay, and how long the last may be.

use serde_json::Value;

use crate::print::records::{Record, cell};

/// Between two columns.
const GAP: usize = 2;
/// A cut text says little with fewer letters.
const LEAST: usize = 16;

/// How a table gives way to a narrow terminal.
pub(crate) struct Fitting<'a> {
    /// These columns can be left out, the first first; those that say nothing go before all others.
    pub(crate) dispensable: &'a [&'a str],
    /// The texts of this column can be cut.
    pub(crate) cut: &'a str,
    /// What a column says that says nothing.
    pub(crate) usual: fn(&str, &Record) -> bool,
}

/// What fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fitted {
    pub(crate) columns: Vec<String>,
    /// Columns that are not among them.
    pub(crate) left_out: Vec<String>,
}

impl Fitting<'_> {
    /// Chooses among the columns those that fit into so many letters, and cuts what may be cut.
    pub(crate) fn fit(&self, records: &mut [Record], columns: &[String], width: usize) -> Fitted {
        let (mut columns, mut left_out) = (columns.to_vec(), Vec::new());
        let says_nothing = |column: &str| records.iter().all(|record| (self.usual)(column, record));
        let (silent, telling): (Vec<&str>, Vec<&str>) =
            self.dispensable.iter().copied().partition(|column| says_nothing(column));
        // First what says nothing goes; then a text is cut; then the rest goes.
        for column in silent {
            if total(&columns, |column| widest(records, column)) <= width {
                break;
            }
            leave_out(column, &mut columns, &mut left_out);
        }
        let least = |name: &str| widest(records, name).min(if name == self.cut { LEAST } else { usize::MAX });
        for column in telling {
            if total(&columns, least) <= width {
                break;
            }
            leave_out(column, &mut columns, &mut left_out);
        }
        if columns.iter().any(|name| name == self.cut) {
            let others = total(&columns, least) - least(self.cut);
            self.shorten(records, width.saturating_sub(others).max(LEAST));
        }
        Fitted { columns, left_out }
    }

    fn shorten(&self, records: &mut [Record], room: usize) {
        for record in records {
            let text = cell(record.get(self.cut));
            if text.chars().count() > room {
                let short: String = text.chars().take(room.saturating_sub(1)).collect();
                record.insert(self.cut.to_owned(), Value::String(short.trim_end().to_owned() + "…"));
            }
        }
    }
}

fn leave_out(column: &str, columns: &mut Vec<String>, left_out: &mut Vec<String>) {
    if columns.iter().any(|name| name == column) {
        columns.retain(|name| name != column);
        left_out.push(column.to_owned());
    }
}

/// The width of a table with these columns.
fn total(columns: &[String], width: impl Fn(&str) -> usize) -> usize {
    columns.iter().map(|column| width(column)).sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// The width of a column.
fn widest(records: &[Record], column: &str) -> usize {
    let cells = records.iter().map(|record| cell(record.get(column)).chars().count());
    cells.max().unwrap_or(0).max(column.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(column: &str, record: &Record) -> bool {
        column == "remote" && record[column] == Value::Bool(false)
    }

    const FITTING: Fitting<'_> =
        Fitting { dispensable: &["pid", "remote", "message"], cut: "message", usual };

    fn fitted(width: usize) -> (String, String, String) {
        let row = r#"{"id":"calm_otter","pid":12345,"remote":false,"message":"out of memory, which is a long story"}"#;
        let mut records: Vec<Record> = vec![serde_json::from_str(row).unwrap()];
        let columns = ["id", "pid", "remote", "message"].map(str::to_owned);
        let Fitted { columns, left_out } = FITTING.fit(&mut records, &columns, width);
        let message = records[0]["message"].as_str().unwrap().to_owned();
        (columns.join(" "), left_out.join(" "), message)
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let (columns, left_out, message) = fitted(100);
        assert_eq!((columns.as_str(), left_out.as_str()), ("id pid remote message", ""));
        assert_eq!(message, "out of memory, which is a long story");
    }

    #[test]
    fn what_says_nothing_goes_first_then_a_text_is_cut_then_the_rest_goes() {
        let (columns, left_out, message) = fitted(60);
        assert_eq!((columns.as_str(), left_out.as_str()), ("id pid message", "remote"));
        assert_eq!(message, "out of memory, which is a long story");
        let (columns, left_out, message) = fitted(40);
        assert_eq!((columns.as_str(), left_out.as_str()), ("id pid message", "remote"));
        assert_eq!(message, "out of memory, which…");
        let (columns, left_out, _) = fitted(30);
        assert_eq!((columns.as_str(), left_out.as_str()), ("id message", "remote pid"));
        let (columns, left_out, _) = fitted(5);
        assert_eq!((columns.as_str(), left_out.as_str()), ("id", "remote pid message"));
    }
}
