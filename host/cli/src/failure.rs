//! Why a command failed: an exit code, and words for the user.

use std::fmt;

use miette::Diagnostic;
use rush_launch::{LaunchError, private_redis::PrivateRedisError};
use rush_run_file::{PasswordFileError, RedisSourceError, RunFileErrors};

use crate::exit_code::ExitCode;

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) report: miette::Report,
}

/// A message with a hint, for what has no source text to point at.
#[derive(Debug)]
struct Message {
    text: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure that needs no hint, because the text says what to do.
    pub(crate) fn new(code: ExitCode, text: impl Into<String>) -> Self {
        Self { code, report: Message { text: text.into(), hint: None }.into() }
    }

    /// A failure with a hint: what to do.
    pub(crate) fn with_hint(code: ExitCode, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, report: Message { text: text.into(), hint: Some(hint.into()) }.into() }
    }

    /// Something that cannot happen, unless we are wrong.
    pub(crate) fn internal(text: impl fmt::Display) -> Self {
        let hint = "this is a mistake in rush-host: please report it, with the command and the run file";
        Self::with_hint(ExitCode::Internal, text.to_string(), hint)
    }
}

/// An error and what the operating system said.
fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path stays as it is, and so does the name of a machine.
        let is_name = |word: &str| word.contains('/') || word.ends_with(':');
        if self.text.split(' ').next().is_some_and(is_name) {
            return formatter.write_str(&self.text);
        }
        // Texts of libraries begin as parts of a sentence; this is a whole one.
        let mut letters = self.text.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.map_or(Ok(()), |first| write!(formatter, "{first}{}", letters.as_str()))
    }
}

impl std::error::Error for Message {}

impl Diagnostic for Message {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }
}

impl From<RunFileErrors> for Failure {
    fn from(errors: RunFileErrors) -> Self {
        Self { code: ExitCode::RunFile, report: errors.into() }
    }
}

impl From<RedisSourceError> for Failure {
    fn from(error: RedisSourceError) -> Self {
        Self { code: ExitCode::RunFile, report: error.into() }
    }
}

impl From<PasswordFileError> for Failure {
    fn from(error: PasswordFileError) -> Self {
        Self { code: ExitCode::RunFile, report: error.into() }
    }
}

impl From<PrivateRedisError> for Failure {
    fn from(error: PrivateRedisError) -> Self {
        Self::with_hint(ExitCode::Redis, with_cause(&error), error.help())
    }
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        let code = match error {
            // These know better what to say.
            LaunchError::Network(error) => return error.into(),
            LaunchError::PrivateRedis(error) => return error.into(),
            LaunchError::Password(error) => return error.into(),
            LaunchError::Internal(text) => return Self::internal(text),
            LaunchError::NoPrivateRedis { .. }
            | LaunchError::NoConfiguration { .. }
            | LaunchError::ConfigurationUnreadable { .. } => ExitCode::Redis,
            LaunchError::Registry { .. } | LaunchError::Data { .. } | LaunchError::TooLarge { .. } => {
                ExitCode::RunFile
            }
            LaunchError::Component { .. } | LaunchError::Pin { .. } | LaunchError::NotAllowed(_) => {
                ExitCode::Component
            }
            LaunchError::EndedEarly { ref status, .. } => {
                status.code.and_then(ExitCode::of_child).unwrap_or(ExitCode::Launcher)
            }
            _ => ExitCode::Launcher,
        };
        match error.help() {
            Some(help) => Self::with_hint(code, error.to_string(), help),
            None => Self::new(code, error.to_string()),
        }
    }
}

impl From<rush_formats::ReadError> for Failure {
    fn from(error: rush_formats::ReadError) -> Self {
        Self::with_hint(ExitCode::Usage, error.to_string(), error.hint())
    }
}

impl From<rush_runtime::ComponentError> for Failure {
    fn from(error: rush_runtime::ComponentError) -> Self {
        match error.hint() {
            Some(hint) => Self::with_hint(ExitCode::Component, error.to_string(), hint),
            None => Self::new(ExitCode::Component, error.to_string()),
        }
    }
}

impl From<rush_runtime::EvaluatorError> for Failure {
    fn from(error: rush_runtime::EvaluatorError) -> Self {
        let hint = "`[objective] isolation = \"instance\"` does without";
        Self::with_hint(ExitCode::Launcher, error.to_string(), hint)
    }
}

impl From<rush_runtime::EngineError> for Failure {
    fn from(error: rush_runtime::EngineError) -> Self {
        Self::new(ExitCode::Component, error.to_string())
    }
}

impl From<rush_network::Error> for Failure {
    fn from(error: rush_network::Error) -> Self {
        use rush_network::Error;
        let text = error.to_string();
        match error {
            Error::Invalid(_) => Self::new(ExitCode::Usage, text),
            Error::BudgetExhausted { .. } => Self::with_hint(
                ExitCode::Usage,
                text,
                "`[stop] exact` allows no more: raise `[stop] finished`",
            ),
            Error::LimitExceeded { .. } => {
                Self::with_hint(ExitCode::Usage, text, "raise it in the run file, or leave the value out")
            }
            Error::Unavailable { .. } => Self::with_hint(
                ExitCode::Redis,
                text,
                "is it running, and is the URL right? Without a URL, a run gets a private Redis",
            ),
            Error::Login { .. } => Self::with_hint(
                ExitCode::Redis,
                text,
                "give user and password in the URL, redis://user:password@host, or the password in `[redis] password_file`",
            ),
            _ => Self::new(ExitCode::Redis, text),
        }
    }
}
