//! Asking for a column that is not there.

use super::ColumnKind;

/// A column cannot be given as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// There is no column of this name.
    #[error("there is no column `{name}`; {}", listed(known))]
    Unknown {
        /// The name.
        name: String,
        /// The columns that there are.
        known: Vec<String>,
    },
    /// The column is of another kind.
    #[error("column `{name}` is of kind {kind}, not {wanted}; `values` gives a column of any kind")]
    Kind {
        /// The column.
        name: String,
        /// Its kind.
        kind: ColumnKind,
        /// The kind that was asked for.
        wanted: ColumnKind,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "the table has none".into()
    } else {
        format!("the table has `{}`", known.join("`, `"))
    }
}
