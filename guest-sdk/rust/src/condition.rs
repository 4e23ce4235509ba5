//! Why a task failed.

use std::fmt;

use serde::Serialize;

use crate::{Fields, Result, bindings::rush::worker::types, to_fields};

/// Why a task failed.
///
/// ```
/// # use rush_worker::Condition;
/// let condition = Condition::new("the kernel matrix is singular");
/// assert_eq!(condition.kind, "error");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// What sort of failure; `error` unless something better is known.
    pub kind: String,
    /// For people.
    pub message: String,
    /// Whatever else is known.
    pub details: Fields,
}

impl Condition {
    /// A condition of the kind `error`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: "error".into(), message: message.into(), details: Fields::new() }
    }

    /// The same, of another kind: `error`, `trap`, `time-limit`, `memory-limit`, `fuel`, `limit`, `denied`, `cancelled`,
    /// `killed`, `lost` or `removed`.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// The same with details. Of what an objective says, the host keeps 64 KiB, and neither `backtrace` nor `core_dump`, which are its own.
    pub fn with_details<T: Serialize + ?Sized>(mut self, details: &T) -> Result<Self> {
        self.details = to_fields(details)?;
        Ok(self)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.kind, self.message)
    }
}

/// So that an objective may return it like any other error.
impl std::error::Error for Condition {}

impl From<&str> for Condition {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for Condition {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<types::Condition> for Condition {
    fn from(condition: types::Condition) -> Self {
        let types::Condition { kind, message, details } = condition;
        Self { kind, message, details }
    }
}

impl From<Condition> for types::Condition {
    fn from(condition: Condition) -> Self {
        let Condition { kind, message, details } = condition;
        Self { kind, message, details }
    }
}
