//! How a file is read.

/// What to read of a file, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Only these columns, in this order; all without any.
    pub columns: Vec<String>,
    /// Texts that mean a missing value in CSV, besides the empty one: `NA`, as R writes it.
    pub missing: Vec<String>,
}
