//! What was inferred of a column.

use std::fmt;

/// What the values of a column become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Numbers, NaN and the infinities included.
    Number,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Vectors of whole numbers.
    Integers,
    /// Vectors of numbers.
    Numbers,
    /// Vectors of texts.
    Texts,
    /// Anything nested.
    Json,
    /// Values of several kinds: each is what it is.
    Mixed,
    /// Nothing but missing values.
    Missing,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Integers => "list of integers",
            Self::Numbers => "list of numbers",
            Self::Texts => "list of texts",
            Self::Json => "nested",
            Self::Mixed => "mixed",
            Self::Missing => "missing",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
