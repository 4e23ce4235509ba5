//! What is wrong with one value, in words that fit under its underline.

use thiserror::Error;

/// Why a text is not a valid duration, size, network id, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct ValueError {
    /// What is wrong, short enough to stand under the underlined value.
    reason: String,
    /// What to write instead.
    help: Option<String>,
}

impl ValueError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong, in one line.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What to write instead, where there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }
}
