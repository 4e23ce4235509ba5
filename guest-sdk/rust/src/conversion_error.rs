//! Why a row and a list of fields do not fit each other.

use std::fmt::{self, Display};

/// Why a row cannot become fields, or fields cannot become a row; with the name of the field, where one is to blame.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversionError {
    field: Option<String>,
    message: String,
}

impl ConversionError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }

    /// Blames a field; the innermost one that was blamed stays.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.field.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Says in which row of a table, counted from 0.
    pub(crate) fn in_row(mut self, row: usize) -> Self {
        self.message = format!("{} (row {row})", self.message);
        self
    }

    /// The field to blame.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl Display for ConversionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(name) => write!(formatter, "field `{name}`: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

impl std::error::Error for ConversionError {}

impl serde::ser::Error for ConversionError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for ConversionError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
