//! What went wrong, and what to do about it.

use std::fmt;

/// An error for the person who typed the command.
#[derive(Debug)]
pub(crate) struct Error {
    message: String,
    hint: Option<String>,
    exit_code: u8,
}

impl Error {
    /// Something failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, exit_code: 1 }
    }

    /// The command line makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit_code: 2, ..Self::new(message) }
    }

    /// An operation on a file failed.
    pub(crate) fn io(doing: impl fmt::Display, source: &std::io::Error) -> Self {
        Self::new(format!("cannot {doing}: {source}"))
    }

    /// What to do about it.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Says first what it is about.
    pub(crate) fn about(self, what: &str) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// What is wrong and what to do about it, in one line.
    pub(crate) fn reason(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!(" ({hint})"));
        format!("{}{}", self.message, hint.unwrap_or_default())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
