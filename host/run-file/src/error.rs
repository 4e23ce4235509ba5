//! What can be wrong with a run file, and how it is shown.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

/// What is wrong. The place, the underlined value, and what to do about it are in the [`Problem`] around it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Mistake {
    /// The file does not exist, or may not be read.
    #[error("Cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: String,
    },
    /// The text is not TOML.
    #[error("Not valid TOML: {0}")]
    Syntax(String),
    /// A `--set` that is not of the form `key=value`.
    #[error("`--set {written}` is not of the form key=value")]
    Override {
        /// What was written after `--set`.
        written: String,
    },
    /// A key that its table does not have.
    #[error("Unknown key `{key}` {table}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it was written: `in [workers]`, `at the top of the file`.
        table: String,
    },
    /// A table that a run file does not have.
    #[error("Unknown table [{table}]")]
    UnknownTable {
        /// Its name in full.
        table: String,
    },
    /// A value of another type than the key needs.
    #[error("`{key}` must be {expected}, not {found}")]
    WrongType {
        /// The key in full.
        key: String,
        /// What it must be, with an article.
        expected: String,
        /// What it is, with an article.
        found: String,
    },
    /// A word that is not one of the few that the key allows.
    #[error("`{key}` cannot be \"{word}\"")]
    UnknownWord {
        /// The key in full.
        key: String,
        /// What was written.
        word: String,
    },
    /// A number that is too small or too large.
    #[error("`{key}` must be {expected}")]
    OutOfRange {
        /// The key in full.
        key: String,
        /// The range, in words.
        expected: String,
    },
    /// A value of the right type that cannot be what it should be.
    #[error("`{key}` is not a valid {noun}")]
    Invalid {
        /// The key in full.
        key: String,
        /// What it should be: "duration", "size", "URL".
        noun: String,
    },
    /// A key or table that every run file needs.
    #[error("{what} is missing{}", file.as_ref().map(|file| format!(" in {file}")).unwrap_or_default())]
    Missing {
        /// The key in backticks, or the table in brackets.
        what: String,
        /// The file, where no place in it can be shown.
        file: Option<String>,
    },
    /// Two keys that exclude each other, or a key without the one that it needs.
    #[error("{0}")]
    Conflict(String),
    /// An environment variable that a URL needs and that is not set.
    #[error("The environment variable `{name}` is not set")]
    VariableNotSet {
        /// The variable.
        name: String,
    },
    /// Part of the format, but not of this version.
    #[error("{what} is not supported yet")]
    NotSupported {
        /// The key in backticks, or the table in brackets.
        what: String,
    },
}

/// One mistake with its place: file, line, the value underlined, and what to do.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{mistake}")]
pub struct Problem {
    pub(crate) mistake: Mistake,
    #[source_code]
    pub(crate) source_code: Option<NamedSource<Arc<str>>>,
    #[label(collection)]
    pub(crate) labels: Vec<LabeledSpan>,
    #[help]
    pub(crate) help: Option<String>,
}

impl Problem {
    /// What is wrong.
    pub fn mistake(&self) -> &Mistake {
        &self.mistake
    }

    /// What to do, where there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Name of the source (the run file, or a `--set`) with the line and column, counted from 1, of what is underlined.
    pub fn location(&self) -> Option<(&str, usize, usize)> {
        let source = self.source_code.as_ref()?;
        let label = self.labels.first()?;
        let contents = source.read_span(label.inner(), 0, 0).ok()?;
        Some((source.name(), contents.line() + 1, contents.column() + 1))
    }
}

/// Everything that is wrong with a run file, in the order of the file. Never empty.
///
/// With the `fancy` feature of `miette` in the program that prints it, each problem is shown with its line underlined.
#[derive(Debug, Clone)]
pub struct RunFileErrors {
    name: String,
    problems: Vec<Problem>,
}

impl RunFileErrors {
    pub(crate) fn new(name: impl Into<String>, problems: Vec<Problem>) -> Self {
        assert!(!problems.is_empty(), "a failure has a reason");
        Self { name: name.into(), problems }
    }

    /// The problems, at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn only(&self) -> Option<&Problem> {
        match self.problems.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Display for RunFileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(only) => only.fmt(f),
            None => write!(f, "{} problems in {}", self.problems.len(), self.name),
        }
    }
}

impl std::error::Error for RunFileErrors {}

/// One problem is shown as itself, several as a list under a headline.
impl Diagnostic for RunFileErrors {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only()?.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.only()?.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only()?.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self.only() {
            Some(_) => None,
            None => Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic))),
        }
    }
}
