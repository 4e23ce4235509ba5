//! A column of a file, described.

use rush_network::{Value, value_to_json};

use crate::Kind;

/// An example longer than this is cut.
const EXAMPLE: usize = 40;

/// What was found in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values become.
    pub kind: Kind,
    /// How many values are missing.
    pub missing: u64,
    /// The first value that is not, as JSON.
    pub example: Option<String>,
}

/// A value as an example: JSON, cut where it is long.
pub(crate) fn example(value: &Value) -> String {
    let text = value_to_json(value).to_string();
    match text.char_indices().nth(EXAMPLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
